// A visit without network: the phone writes down what happened, signs it, and hands it in later, in order.
import { act } from '@/api/client'
import { DeviceAdd, QueueSend } from '@/api/gen/carer'
import type { PlaceInput, VisitQueueEntryInput, VisitQueueKind, VisitTaskInput } from '@/api/gen/schema'
import { now } from '@/lib/clock'
import { requestKey, settled } from '@/lib/keys'
import { bytesOf, hmac } from './sha256'
import { keep, kept } from '@/lib/storage'

interface Device {
  id: string
  secret: string
}

/** What waits to be handed in. */
export const waiting = (): VisitQueueEntryInput[] => kept<VisitQueueEntryInput[]>('queue') ?? []

/** Gets the phone's secret while there is network, so that it is there when there is none. */
export async function prepareDevice(): Promise<void> {
  if (kept<Device>('queue.device')) return
  const { done } = await act(DeviceAdd, { input: { requestKey: requestKey('queue-device', 'device') } })
  if (done.device) keep('queue.device', done.device)
  settled('queue-device')
}

const oneLine = (text: string | null | undefined) => (text ?? '').replace(/\\/g, '\\\\').replace(/\n/g, '\\n')

/** The lines that are signed: see `VisitQueueEntryInput.signature` in the contract. */
export function signedText(deviceId: string, entry: Omit<VisitQueueEntryInput, 'signature'>): string {
  const place: Partial<PlaceInput> = entry.place ?? {}
  const number = (value: number | null | undefined) => (value === null || value === undefined ? '' : String(value))
  return [
    'NYQ1', deviceId, String(entry.sequence), entry.kind, entry.orderId, String(Date.parse(entry.deviceAt)),
    number(place.latitudeE6), number(place.longitudeE6), number(place.accuracyMetres), String(place.isMock ?? false),
    oneLine(place.photoHash), oneLine(place.photoRef), oneLine(place.deviceKey), oneLine(entry.code),
    ...(entry.tasks ?? []).map((task) => `${task.code}:${task.isDone}:${oneLine(task.reason)}`),
  ].join('\n')
}

/** Writes an act down. False when this phone has no secret yet. */
export function writeDown(kind: VisitQueueKind, orderId: string, more: { place?: PlaceInput; code?: string | null; tasks?: VisitTaskInput[] } = {}): boolean {
  const device = kept<Device>('queue.device')
  if (!device) return false
  const sequence = (kept<number>('queue.last') ?? 0) + 1
  const entry = { kind, orderId, sequence, deviceAt: new Date(Math.floor(now())).toISOString(), ...more }
  keep('queue.last', sequence)
  keep('queue', [...waiting(), { ...entry, signature: hmac(bytesOf(device.secret), signedText(device.id, entry)) }])
  return true
}

let isHandingIn: Promise<string[]> | null = null

/** Hands in what waits, one upload at a time. Gives the sentences of what was refused; throws when there is still no network. */
export function handIn(): Promise<string[]> {
  isHandingIn ??= upload().finally(() => { isHandingIn = null })
  return isHandingIn
}

async function upload(): Promise<string[]> {
  const device = kept<Device>('queue.device')
  const entries = waiting()
  if (!device || entries.length === 0) return []
  const { done, refusal } = await act(QueueSend, { input: { deviceId: device.id, entries } })
  if (refusal) return [refusal.message]
  // What was written down meanwhile stays.
  keep('queue', waiting().filter((entry) => !entries.some((sent) => sent.sequence === entry.sequence)))
  return (done.results ?? []).flatMap((result) => (result.isApplied ? [] : [result.message ?? '有一步没有被接受。']))
}

/** The state that the person sees, with what waits counted in. */
export function stateWith(orderId: string, state: string): string {
  const NEXT: Record<VisitQueueKind, string> = { SET_OUT: 'EN_ROUTE', CHECK_IN: 'CHECKED_IN', CHECK_OUT: 'DONE' }
  return waiting().filter((entry) => entry.orderId === orderId).reduce((_, entry) => NEXT[entry.kind], state)
}
