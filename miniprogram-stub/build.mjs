// Gathers the pages and what they need into dist/. Nothing is loaded from outside at run time.
import { cpSync, mkdirSync, rmSync } from 'node:fs'

const wanted = {
  'node_modules/react/umd/react.production.min.js': 'vendor/react.js',
  'node_modules/react-dom/umd/react-dom.production.min.js': 'vendor/react-dom.js',
  'node_modules/graphiql/graphiql.min.js': 'vendor/graphiql.js',
  'node_modules/graphiql/graphiql.min.css': 'vendor/graphiql.css',
}

rmSync('dist', { recursive: true, force: true })
mkdirSync('dist/vendor', { recursive: true })
cpSync('pages', 'dist', { recursive: true })
for (const [from, to] of Object.entries(wanted)) cpSync(from, `dist/${to}`)
