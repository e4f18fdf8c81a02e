/** One operation: what the API knows it by, and its text where free text may be sent. `D` and `V` exist for the compiler only. */
export interface Document<D, V> {
  name: string
  hash: string
  text: string
  data?: D
  variables?: V
}
