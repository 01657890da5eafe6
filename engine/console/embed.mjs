// Writes what Vite has built as a C++ source: node embed.mjs DIST FILE.cc
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';

const TYPES = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

const [dist, out] = process.argv.slice(2);

function filesOf(folder) {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const path = join(folder, name);
      return statSync(path).isDirectory() ? filesOf(path) : [path];
    });
}

// Three octal digits for whatever is not plain: unlike hexadecimal escapes they end by themselves.
function literal(bytes) {
  let line = '';
  const lines = [];
  for (const byte of bytes) {
    const plain = byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c && byte !== 0x3f;
    line += plain ? String.fromCharCode(byte) : '\\' + byte.toString(8).padStart(3, '0');
    if (line.length > 2000) {
      lines.push(`"${line}"`);
      line = '';
    }
  }
  lines.push(`"${line}"`);
  return lines.join('\n');
}

const rows = filesOf(dist).map((file) => {
  const bytes = readFileSync(file);
  const zipped = gzipSync(bytes, { level: 9 });
  const type = TYPES[file.split('.').pop()];
  if (!type) throw new Error(`${file}: embed.mjs knows no content type for it`);
  const etag = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
  const path = '/' + relative(dist, file);
  return `    {"${path}", "${type}", "\\"${etag}\\"",\nstd::string_view(${literal(bytes)}, ${bytes.length}),\nstd::string_view(${literal(zipped)}, ${zipped.length})},`;
});

writeFileSync(
  out,
  `// Made by embed.mjs.\n\n#include "engine/console/files.h"\n\nnamespace skald::console {\n\nstd::span<const File> files() {
  static const File all[] = {\n${rows.join('\n')}\n  };\n  return all;\n}\n\n}  // namespace skald::console\n`,
);
