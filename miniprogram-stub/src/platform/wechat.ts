// What is different in WeChat. browser.ts has the same names.
import { answersOf, type Paid, type PayParams, type ReminderAnswer, type Tokens, type Wanted } from './parts'

export const isBrowser: boolean = false
/** What WeChat hides, it also tells to hide. */
export const isLookedAt = (): boolean => true
export const seat = (): string => ''
export const apiAddress = (path: string): string => `${__API__}${path}`
export const socketAddress = (path: string): string => `${__API__.replace(/^http/, 'ws')}${path}`
export const carersWanted = async (_of?: string): Promise<Wanted[]> => []
export const demoTokens = async (): Promise<Tokens | null> => null
export const paidOnReturn = (): Paid | null => null
export const hush = (): void => sound?.stop()

export function loginCode(): Promise<string | null> {
  return new Promise((done) => {
    uni.login({ provider: 'weixin', success: ({ code }) => done(code || null), fail: () => done(null) })
  })
}

export function pay(params: PayParams, _back: string): Promise<Paid> {
  return new Promise((done) => {
    uni.requestPayment({
      provider: 'wxpay',
      orderInfo: {},
      timeStamp: params.timeStamp,
      nonceStr: params.nonceStr,
      package: params.package,
      signType: params.signType,
      paySign: params.paySign,
      success: () => done('ok'),
      fail: ({ errMsg }: { errMsg: string }) => done(/cancel/.test(errMsg) ? 'cancel' : 'unknown'),
    } as UniNamespace.RequestPaymentOptions)
  })
}

let sound: UniNamespace.InnerAudioContext | null = null

// WeChat has no voice of its own: the API would have to speak. Until it does, only the address is asked for.
export function readAloud(text: string, failed: () => void): void {
  sound ??= uni.createInnerAudioContext()
  sound.onError(failed)
  sound.src = apiAddress(`/speech?text=${encodeURIComponent(text)}`)
  sound.play()
}

/** Shows WeChat's prompt for messages; `null` when it could not be shown. WeChat allows it only straight from a tap. */
export function askReminders(templates: string[]): Promise<ReminderAnswer[] | null> {
  return new Promise((done) => {
    uni.requestSubscribeMessage({
      tmplIds: templates,
      success: (said: unknown) => done(answersOf(said as Record<string, unknown>, templates)),
      fail: () => done(null),
    })
  })
}

/** A phone in WeChat has no folder to save into: the file is written and given to a chat that the person chooses. */
export function saveFile(name: string, content: { text: string } | { base64: string }): void {
  const { env, shareFileMessage } = uni as unknown as { env: { USER_DATA_PATH: string }; shareFileMessage(options: { filePath: string; fileName: string }): void }
  const filePath = `${env.USER_DATA_PATH}/${name}`
  const [data, encoding] = 'text' in content ? [content.text, 'utf8' as const] : [content.base64, 'base64' as const]
  uni.getFileSystemManager().writeFileSync(filePath, data, encoding)
  shareFileMessage({ filePath, fileName: name })
}

/** Copies a text, to be put in elsewhere; whether that worked. */
export function copyText(text: string): Promise<boolean> {
  return new Promise((done) => {
    uni.setClipboardData({ data: text, showToast: false, success: () => done(true), fail: () => done(false) })
  })
}
