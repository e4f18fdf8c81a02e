/// <reference types="vite/client" />
declare const __SENDS_TEXT__: boolean
declare const __API__: string
declare module '*.vue' {
  import type { DefineComponent } from 'vue'
  const component: DefineComponent<object, object, unknown>
  export default component
}
