import { defineConfig } from 'vite';

export default defineConfig({
  // All under /assets carries its hash in its name, so that the engine may let browsers keep it for ever. Nothing is
  // inlined as data: the engine's Content-Security-Policy allows only its own address.
  build: { assetsInlineLimit: 0, modulePreload: { polyfill: false }, target: 'es2021' },
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
  // `npm run dev` beside an engine: its address in SKALD_SERVER.
  server: { proxy: { '/v1': { target: process.env.SKALD_SERVER ?? 'http://127.0.0.1:7525' } } },
});
