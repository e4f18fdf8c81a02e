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

const isBrowser = process.env.UNI_PLATFORM === 'h5'

const PARTS = ['elder', 'carer', 'canteen', 'desk', 'office', 'records', 'rights', 'bundle', 'mine', 'privacy']

/** One file for each face and one for what they share: fewer, larger files are smaller when packed and sooner there. */
function fileOf(id: string): string | undefined {
  // Virtual modules begin with a zero byte: helpers of the tool chain belong to what everything needs.
  if (id.includes('node_modules') || id.startsWith('\0')) return 'vendor'
  // What only some pages ask comes with them.
  const [, asked] = /\/src\/api\/gen\/(\w+)\.ts/.exec(id) ?? []
  if (asked && PARTS.includes(asked)) return asked
  const [, folder] = /\/src\/(\w+)\//.exec(id) ?? []
  if (!folder) return undefined
  // What only elders' pages need weighs on nobody else.
  if (/\/src\/(lib\/elder\.ts|components\/ElderScreen\.vue)/.test(id)) return 'elder'
  if (folder === 'pages') return 'family'
  return PARTS.includes(folder) ? folder : 'common'
}

export default defineConfig({
  plugins: [uni(), nothingFromOutside()],
  resolve: {
    alias: { platform: fileURLToPath(new URL(`./src/platform/${isBrowser ? 'browser' : 'wechat'}.ts`, import.meta.url)) },
  },
  define: {
    // Whether requests carry their text beside its hash, for an API that has no list of this build. Off: only hashes leave the phone.
    __SENDS_TEXT__: JSON.stringify(process.env.NUANYANG_SENDS_TEXT === '1'),
    __API__: JSON.stringify(process.env.NUANYANG_API ?? 'http://127.0.0.1:8080'),
  },
  build: {
    target: isBrowser ? 'es2020' : 'es2018',
    chunkSizeWarningLimit: 900,
    reportCompressedSize: false,
    ...(isBrowser ? { rollupOptions: { output: { manualChunks: fileOf } } } : {}),
  },
})
