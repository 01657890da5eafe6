// A workflow, drawn; with the state of a saga of it where one is given.

import { useMemo, useState } from 'preact/hooks';
import type { Graph, GraphTask } from '../api/types';
import { aboutEvent } from '../format';
import { layout, type Box, type Card, type UndoCard } from './layout';
import { LOOK_WORDS, UNDO_WORDS, type Look } from './looks';

interface Props {
  graph: Graph;
  looks?: Map<string, Look>;
  chosen?: string | null;
  onChoose?: (step: string) => void;
}

const MARGIN = 20;
const ZOOMS = [0.5, 0.67, 0.8, 1, 1.25];

const place = (box: Box) => ({ left: `${box.x + MARGIN}px`, top: `${box.y + MARGIN}px`, width: `${box.w}px`, height: `${box.h}px` });

export function GraphView({ graph, looks, chosen, onChoose }: Props) {
  const drawing = useMemo(() => layout(graph.tasks), [graph]);
  const [zoom, setZoom] = useState(3);
  const width = drawing.width + 2 * MARGIN;
  const height = drawing.height + 2 * MARGIN;
  const scale = ZOOMS[zoom]!;
  return (
    <div class="graph-frame">
      <div class="graph-tools" role="group" aria-label="Size of the drawing">
        <button type="button" class="icon" aria-label="Smaller" disabled={zoom === 0} onClick={() => setZoom(zoom - 1)}>
          −
        </button>
        <button type="button" class="icon" aria-label="Larger" disabled={zoom === ZOOMS.length - 1} onClick={() => setZoom(zoom + 1)}>
          +
        </button>
      </div>
      <div class="graph-scroll" tabIndex={0} role="group" aria-label={`Workflow ${graph.workflow}, drawn`}>
        <div style={{ width: `${width * scale}px`, height: `${height * scale}px` }}>
          <div class="graph" style={{ width: `${width}px`, height: `${height}px`, transform: `scale(${scale})` }}>
            <Edges drawing={drawing} width={width} height={height} />
            <span class="mark" style={place(drawing.start)}>
              start
            </span>
            {drawing.titles.map((title) => (
              <span key={`${title.x} ${title.y}`} class="branch-title" style={place(title)}>
                {title.text}
              </span>
            ))}
            {drawing.cards.map((card) => (
              <TaskCard key={card.task.step} card={card} look={looks?.get(card.task.step)} live={looks !== undefined} chosen={chosen === card.task.step} onChoose={onChoose} />
            ))}
            {drawing.undos.map((undo) => (
              <Undo key={undo.of.step} undo={undo} look={looks?.get(undo.of.step)} live={looks !== undefined} onChoose={onChoose} />
            ))}
            <span class="mark" style={place(drawing.end)}>
              end
            </span>
          </div>
        </div>
      </div>
    </div>
  );
}

function Edges({ drawing, width, height }: { drawing: ReturnType<typeof layout>; width: number; height: number }) {
  return (
    <svg width={width} height={height} aria-hidden="true">
      <defs>
        {['flow', 'jump', 'undo'].map((kind) => (
          <marker key={kind} id={`arrow-${kind}`} class={`arrow-${kind}`} viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
            <path d="M0 0 8 4 0 8z" />
          </marker>
        ))}
      </defs>
      <g transform={`translate(${MARGIN} ${MARGIN})`}>
        {drawing.edges.map((edge) => (
          <path key={edge.path} class={`edge-${edge.kind}`} d={edge.path} marker-end={edge.kind === 'undone-by' ? undefined : `url(#arrow-${edge.kind})`} />
        ))}
        {drawing.edges.map(
          (edge) =>
            edge.label && (
              <text key={edge.path} class="edge-label" x={edge.label.x} y={edge.label.y}>
                {edge.label.text}
              </text>
            ),
        )}
      </g>
    </svg>
  );
}

function aboutTask(task: GraphTask, look?: Look): string {
  if (look?.awaits) return look.awaits.map(aboutEvent).join(', ');
  if (task.kind === 'call' || task.kind === 'run' || task.kind === 'http') return task.task ?? task.kind;
  if (task.events && !task.condition) return `${task.kind} ${task.events.map(aboutEvent).join(', ')}`;
  return task.condition ? `${task.kind} ${task.condition}` : task.kind;
}

function TaskCard({ card, look, live, chosen, onChoose }: { card: Card; look?: Look; live: boolean; chosen: boolean; onChoose?: (step: string) => void }) {
  const { task } = card;
  const state = look?.state ?? (live ? 'untouched' : 'plain');
  const words = LOOK_WORDS[state] ?? (look ? state : '');
  const counts = [look && look.attempt > 1 ? `attempt ${look.attempt}` : '', look && look.visits > 1 ? `visit ${look.visits}` : ''].filter(Boolean).join(', ');
  const about = task.condition && task.kind !== 'switch' && !look?.awaits ? `if ${task.condition}` : aboutTask(task, look);
  const name = [task.name, aboutTask(task, look), task.pivot ? 'pivot' : '', words, counts].filter(Boolean).join(', ');
  return (
    <button
      type="button"
      class={`card look-${state} ${card.group ? 'group' : ''} ${task.pivot ? 'pivot' : ''} ${chosen ? 'chosen' : ''}`}
      style={place(card)}
      data-step={task.step}
      aria-label={name}
      aria-pressed={onChoose ? chosen : undefined}
      onClick={() => onChoose?.(task.step)}
    >
      <span class="card-head">
        <b>{task.name}</b>
        {task.pivot && <span class="tag">pivot</span>}
        {!task.effect && task.kind === 'call' && <span class="tag soft">no effect</span>}
      </span>
      <span class="card-foot">
        <span class="card-task" title={task.events && about}>
          {about}
        </span>
        {words && (
          <span class="card-state">
            {words}
            {counts && ` · ${counts}`}
          </span>
        )}
      </span>
    </button>
  );
}

function Undo({ undo, look, live, onChoose }: { undo: UndoCard; look?: Look; live: boolean; onChoose?: (step: string) => void }) {
  const state = look?.undo ?? 'none';
  const words = UNDO_WORDS[state];
  const tasks = undo.of.undo!.tasks.join(', ') || 'undo';
  return (
    <button
      type="button"
      class={`card undo undo-${live ? state : 'plain'}`}
      style={place(undo)}
      data-undo={undo.of.step}
      aria-label={`Undo of ${undo.of.name}: ${tasks}${words ? ', ' + words : ''}`}
      onClick={() => onChoose?.(undo.of.step)}
    >
      <span class="card-head">
        <span class="card-task">{tasks}</span>
      </span>
      <span class="card-foot">
        <span class="muted">undo</span>
        {words && <span class="card-state">{words}</span>}
      </span>
    </button>
  );
}
