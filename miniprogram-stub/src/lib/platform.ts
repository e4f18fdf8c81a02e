// Everything that is different in WeChat and in a browser: no other module asks where it runs. The build puts
// platform/browser or platform/wechat behind the name "platform".
export * from 'platform'
export type { Paid, PayParams } from '@/platform/parts'

/** Where the phone is, in millionths of a degree; all left out when the person does not share it. */
export function place(): Promise<{ latitudeE6?: number; longitudeE6?: number; accuracyMetres?: number }> {
  return new Promise((done) => {
    const late = setTimeout(() => done({}), 4000)
    uni.getLocation({
      type: 'wgs84',
      success: ({ latitude, longitude, accuracy }) => {
        clearTimeout(late)
        done({ latitudeE6: Math.round(latitude * 1e6), longitudeE6: Math.round(longitude * 1e6), accuracyMetres: Math.round(accuracy) })
      },
      fail: () => {
        clearTimeout(late)
        done({})
      },
    })
  })
}

/** Calls a number. */
export function call(number: string): void {
  uni.makePhoneCall({ phoneNumber: number, fail: () => {} })
}
