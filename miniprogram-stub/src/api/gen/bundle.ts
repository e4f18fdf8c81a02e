// Written by tools/codegen.mjs. Do not edit.
import type { Document } from '../document'
import type { CarerSex, PlannedVisitInput, ServiceBundlePlaceErrorCode, ServiceBundlePlaceInput, ServiceOrderState } from './schema'

export type BundlesData = { offerings: { nodes: Array<{ id: string; content: string; priceFen: number | null; providerName: string; providerPhone: string | null; items: Array<{ offeringId: string; content: string; quantity: number; serviceName: string; priceFen: number | null; sumFen: number | null }> }> } }
export type BundlesVariables = { regionCode: string }
export const Bundles: Document<BundlesData, BundlesVariables> = { name: 'Bundles', hash: '402a8c5746985ff3a515c3212b452ce9677e69242bc99440400fe6ec702e05dd', text: __SENDS_TEXT__ ? "query Bundles($regionCode:String!){offerings(regionCode:$regionCode serviceCode:\"service_package\" first:10){nodes{id content priceFen providerName providerPhone items{offeringId content quantity serviceName priceFen sumFen}}}}" : '' }
export type BundlePlaceData = { serviceBundlePlace: { booking: { dueFen: number; listFen: number; orders: Array<{ id: string; state: ServiceOrderState; startsAt: string; serviceCode: string; dueFen: number; payBefore: string | null }> } | null; userErrors: Array<{ code: ServiceBundlePlaceErrorCode; message: string }> } }
export type BundlePlaceVariables = { input: ServiceBundlePlaceInput }
export const BundlePlace: Document<BundlePlaceData, BundlePlaceVariables> = { name: 'BundlePlace', hash: '1523ca1af4d5116d90800228afe427c7ef75ddb45807727b1bd11a44ab368083', text: __SENDS_TEXT__ ? "mutation BundlePlace($input:ServiceBundlePlaceInput!){serviceBundlePlace(input:$input){booking{dueFen listFen orders{id state startsAt serviceCode dueFen payBefore}}userErrors{code message}}}" : '' }
