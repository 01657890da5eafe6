// A document with the numbers of its lines.

import { useEffect, useRef } from 'preact/hooks';
import { Copy } from '../ui/basics';

export function Source({ text, line }: { text: string; line: number | null }) {
  const lines = text.replace(/\n$/, '').split('\n');
  const marked = useRef<HTMLTableRowElement>(null);
  useEffect(() => marked.current?.scrollIntoView({ block: 'center' }), [line]);
  return (
    <div class="source">
      <Copy text={text} label="Copy the source" />
      <table>
        <tbody>
          {lines.map((content, index) => (
            <tr key={index} ref={index + 1 === line ? marked : undefined} class={index + 1 === line ? 'marked' : ''}>
              <td class="line-number" aria-hidden="true">
                {index + 1}
              </td>
              <td>
                <code>{content}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
