import preact from '@preact/preset-vite';
import { defineConfig } from 'vite';

// Addresses in the built page are absolute: it is served at / and its assets at /assets/.
export default defineConfig({
  base: '/',
  plugins: [preact({ devToolsEnabled: false })],
  build: { outDir: 'dist', assetsInlineLimit: 0, sourcemap: false, target: 'es2022' },
  server: { proxy: { '/graphql': { target: 'http://127.0.0.1:8000', ws: true } } },
});
