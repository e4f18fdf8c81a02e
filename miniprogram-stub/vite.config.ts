import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vite'
import uniPlugin from '@dcloudio/vite-plugin-uni'

// The plugin is CommonJS: under "type": "module" its default export comes wrapped.
const uni = (uniPlugin as unknown as { default?: typeof uniPlugin }).default ?? uniPlugin

/** uni-app's own styles load a shadow picture from its vendor's host. Nothing may be loaded from outside. */
function nothingFromOutside(): Plugin {
  return {
    name: 'nothing-from-outside',
    generateBundle(_options, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type === 'asset' && file.fileName.endsWith('.css')) {
          file.source = String(file.source).replace(/url\(["']?https?:[^)]*\)/g, 'none')
        }
      }
    },
  }
}

export default defineConfig({
  plugins: [uni(), nothingFromOutside()],
  resolve: {
    alias: { platform: fileURLToPath(new URL(`./src/platform/${process.env.UNI_PLATFORM === 'h5' ? 'browser' : 'wechat'}.ts`, import.meta.url)) },
  },
  define: {
    // Whether requests carry their text beside its hash. Off: only hashes leave the phone, and the bundle holds no text.
    __SENDS_TEXT__: JSON.stringify(process.env.NUANYANG_SENDS_TEXT !== '0'),
    __API__: JSON.stringify(process.env.NUANYANG_API ?? 'http://127.0.0.1:8080'),
  },
  build: { target: 'es2018', chunkSizeWarningLimit: 900, reportCompressedSize: false },
})
