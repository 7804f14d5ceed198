import { defineConfig, type Plugin } from 'vite';

// GraphiQL's style sheet brings thirty fonts along, nine tenths of its size. Those of the system do.
const withoutFonts: Plugin = {
  name: 'without-fonts',
  enforce: 'pre',
  transform: (code, id) =>
    id.endsWith('/graphiql/dist/style.css') ? code.replace(/@font-face\s*\{[^}]*\}/g, '') : null,
};

// A project of its own beside the chat: GraphiQL wants React, and is ten times as large.
export default defineConfig({
  base: '/graphiql/',
  plugins: [withoutFonts],
  resolve: {
    alias: {
      // Dialogs stop a page from scrolling by a style element that they write, which the page's
      // policy forbids. This page does not scroll.
      'react-style-singleton': '/src/noStyles.ts',
    },
  },
  build: {
    outDir: 'dist',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 4000,
    sourcemap: false,
    target: 'es2022',
  },
  server: { proxy: { '/graphql': { target: 'http://127.0.0.1:8000', ws: true } } },
});
