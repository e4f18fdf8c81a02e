// Types and documents from ../schema.graphql and operations/*.graphql.
// Writes src/api/gen/schema.ts (enums, inputs), src/api/gen/documents.ts (one constant per operation) and
// src/api/gen/persisted-documents.json (SHA-256 of the text that is sent, to the text): the API's allow-list.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  Kind, buildSchema, concatAST, getNamedType, isEnumType, isInputObjectType, isListType, isNonNullType, isObjectType, parse,
  print, stripIgnoredCharacters, typeFromAST, validate, visit,
} from 'graphql'

const here = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))
/** Operations of these files get a module of their own, which is loaded with the pages that ask them. */
const APART = ['bundle', 'canteen', 'carer', 'desk', 'elder', 'mine', 'office', 'privacy', 'records', 'rights']
const NOTE = '// Written by tools/codegen.mjs. Do not edit.\n'
const SCALARS = {
  ID: 'string', String: 'string', Boolean: 'boolean', Int: 'number', Float: 'number',
  Fen: 'number', Date: 'string', DateTime: 'string', TimeOfDay: 'string',
}

/** Wraps the TypeScript name of the innermost type in lists and nulls. */
function wrapped(type, inner) {
  if (isNonNullType(type)) return wrapped(type.ofType, inner).replace(/ \| null$/, '')
  const bare = isListType(type) ? `Array<${wrapped(type.ofType, inner)}>` : inner
  return `${bare} | null`
}

const named = (type) => SCALARS[getNamedType(type).name] ?? getNamedType(type).name

function inputFields(fields) {
  return fields.map(({ name, type, defaultValue }) => {
    const text = wrapped(type, named(type))
    const isOptional = !isNonNullType(type) || defaultValue !== undefined
    return `${name}${isOptional ? '?' : ''}: ${text}`
  }).join('; ')
}

/** Every enum, and the input objects that the operations need. */
function schemaTypes(schema, used) {
  const lines = []
  for (const type of Object.values(schema.getTypeMap()).sort((a, b) => a.name.localeCompare(b.name))) {
    if (type.name.startsWith('__') || !used.has(type.name)) continue
    if (isEnumType(type)) lines.push(`export type ${type.name} = ${type.getValues().map(({ name }) => `'${name}'`).join(' | ')}`)
    if (isInputObjectType(type)) lines.push(`export type ${type.name} = { ${inputFields(Object.values(type.getFields()))} }`)
  }
  return `${NOTE}\n${lines.join('\n')}\n`
}

/** The fields of a selection with those of its fragments. The schema has no unions, so nothing else is needed. */
function flattened(selectionSet, fragments, into = new Map()) {
  for (const selection of selectionSet.selections) {
    if (selection.kind === Kind.FIELD) {
      const name = (selection.alias ?? selection.name).value
      const known = into.get(name)
      const isConditional = selection.directives.length > 0
      into.set(name, {
        field: selection.name.value,
        isConditional: isConditional && (known?.isConditional ?? true),
        selections: [...(known?.selections ?? []), ...(selection.selectionSet ? [selection.selectionSet] : [])],
      })
    } else {
      const set = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value).selectionSet : selection.selectionSet
      flattened(set, fragments, into)
    }
  }
  return into
}

function resultType(parent, selectionSets, fragments, used) {
  const fields = new Map()
  for (const set of selectionSets) flattened(set, fragments, fields)
  const lines = [...fields].map(([name, { field, selections, isConditional }]) => {
    const { type } = parent.getFields()[field]
    const inner = getNamedType(type)
    if (isEnumType(inner)) used.add(inner.name)
    const text = isObjectType(inner) ? resultType(inner, selections, fragments, used) : named(type)
    return `${name}${isConditional ? '?' : ''}: ${wrapped(type, text)}`
  })
  return `{ ${lines.join('; ')} }`
}

function useInput(type, used) {
  const inner = getNamedType(type)
  if (used.has(inner.name)) return
  if (isEnumType(inner)) used.add(inner.name)
  if (isInputObjectType(inner)) {
    used.add(inner.name)
    for (const field of Object.values(inner.getFields())) useInput(field.type, used)
  }
}

function fragmentsOf(node, fragments, found = new Set()) {
  visit(node, {
    FragmentSpread({ name: { value } }) {
      if (found.has(value)) return
      found.add(value)
      fragmentsOf(fragments.get(value), fragments, found)
    },
  })
  return found
}

export function generate() {
  const schema = buildSchema(readFileSync(here('../schema.graphql'), 'utf8'))
  const files = readdirSync(here('operations')).filter((name) => name.endsWith('.graphql')).sort()
  const sources = files.map((name) => ({ name, document: parse(readFileSync(here(`operations/${name}`), 'utf8')) }))
  const documents = concatAST(sources.map(({ document }) => document))
  const faults = validate(schema, documents)
  if (faults.length) throw new Error(faults.map(String).join('\n\n'))

  const fragments = new Map(documents.definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION).map((node) => [node.name.value, node]))
  const operations = documents.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION)
  const moduleOf = new Map(sources.flatMap(({ name, document }) => document.definitions.map((node) => [node.name.value, APART.find((one) => name === `${one}.graphql`) ?? 'documents'])))
  const enums = Object.values(schema.getTypeMap()).filter((type) => isEnumType(type) && !type.name.endsWith('ErrorCode') && !type.name.startsWith('__')).map(({ name }) => name)
  const modules = Object.fromEntries(['documents', ...APART].map((name) => [name, { body: [], used: new Set() }]))
  const manifest = {}
  for (const [name, node] of fragments) {
    const type = schema.getType(node.typeCondition.name.value)
    const { body, used } = modules[moduleOf.get(name)]
    body.push(`export type ${name} = ${resultType(type, [node.selectionSet], fragments, used)}`)
  }
  for (const node of operations) {
    const name = node.name.value
    const { body, used } = modules[moduleOf.get(name)]
    const own = [...fragmentsOf(node, fragments)].sort().map((fragment) => print(fragments.get(fragment)))
    const text = stripIgnoredCharacters([print(node), ...own].join('\n'))
    const hash = createHash('sha256').update(text).digest('hex')
    manifest[hash] = text
    const root = { query: schema.getQueryType(), mutation: schema.getMutationType(), subscription: schema.getSubscriptionType() }[node.operation]
    const variables = node.variableDefinitions.map(({ variable, type, defaultValue }) => {
      const schemaType = typeFromAST(schema, type)
      useInput(schemaType, used)
      return { name: variable.name.value, type: schemaType, defaultValue }
    })
    body.push(`export type ${name}Data = ${resultType(root, [node.selectionSet], fragments, used)}`)
    body.push(`export type ${name}Variables = { ${inputFields(variables)} }`)
    body.push(`export const ${name}: Document<${name}Data, ${name}Variables> = { name: '${name}', hash: '${hash}', text: __SENDS_TEXT__ ? ${JSON.stringify(text)} : '' }`)
  }
  const text = ({ body, used }) => `${NOTE}import type { Document } from '../document'\n${used.size ? `import type { ${[...used].sort().join(', ')} } from './schema'\n` : ''}\n${body.join('\n')}\n`
  return {
    'src/api/gen/schema.ts': schemaTypes(schema, new Set([...enums, ...Object.values(modules).flatMap(({ used }) => [...used])])),
    ...Object.fromEntries(Object.entries(modules).map(([name, module]) => [`src/api/gen/${name}.ts`, text(module)])),
    'src/api/gen/persisted-documents.json': `${JSON.stringify(Object.fromEntries(Object.entries(manifest).sort()), null, 1)}\n`,
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  mkdirSync(here('src/api/gen'), { recursive: true })
  for (const [path, text] of Object.entries(generate())) {
    if (!existsSync(here(path)) || readFileSync(here(path), 'utf8') !== text) writeFileSync(here(path), text)
  }
}
