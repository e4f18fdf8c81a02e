// Written by tools/codegen.mjs. Do not edit.
import type { Document } from '../document'
import type { PrivacyErasureAskErrorCode, PrivacyErasureAskInput, PrivacyErasureWithdrawErrorCode, PrivacyErasureWithdrawInput, PrivacyExportErrorCode, PrivacyExportInput, PrivacyKind, PrivacyState, Scope, SignedAs } from './schema'

export type Wish = { id: string; kind: PrivacyKind; state: PrivacyState; askedAs: SignedAs; askedAt: string; dueAt: string; endedAt: string | null; reason: string | null; deleted: Array<string>; kept: Array<{ what: string; rule: string; untilOn: string }> }
export type PrivacyData = { viewer: { elder: { id: string; isMe: boolean; myScopes: Array<Scope> } | null }; privacyRequests: Array<{ id: string; kind: PrivacyKind; state: PrivacyState; askedAs: SignedAs; askedAt: string; dueAt: string; endedAt: string | null; reason: string | null; deleted: Array<string>; kept: Array<{ what: string; rule: string; untilOn: string }> }> }
export type PrivacyVariables = { elderId: string }
export const Privacy: Document<PrivacyData, PrivacyVariables> = { name: 'Privacy', hash: '69ffefdd4f432f81ad2ec9caec6cc111ef6db42a6c9ff66973b404ec26a2f0ad', text: __SENDS_TEXT__ ? "query Privacy($elderId:ID!){viewer{elder(id:$elderId){id isMe myScopes}}privacyRequests(elderId:$elderId){...Wish}}fragment Wish on PrivacyRequest{id kind state askedAs askedAt dueAt endedAt reason deleted kept{what rule untilOn}}" : '' }
export type PrivacyFileData = { privacyCopy: { content: string } | null }
export type PrivacyFileVariables = { requestId: string }
export const PrivacyFile: Document<PrivacyFileData, PrivacyFileVariables> = { name: 'PrivacyFile', hash: 'a7e383af3892a34c52aa1ea9a13696f993a9d626b2ff562d2e8febf9b042fec2', text: __SENDS_TEXT__ ? "query PrivacyFile($requestId:ID!){privacyCopy(requestId:$requestId){content}}" : '' }
export type CopyAskData = { privacyExport: { request: { id: string } | null; userErrors: Array<{ code: PrivacyExportErrorCode; message: string }> } }
export type CopyAskVariables = { input: PrivacyExportInput }
export const CopyAsk: Document<CopyAskData, CopyAskVariables> = { name: 'CopyAsk', hash: 'e43db1c0a00be7c7b715f38925945c7420b61dd82ac68ef6d716e3fa36af2e45', text: __SENDS_TEXT__ ? "mutation CopyAsk($input:PrivacyExportInput!){privacyExport(input:$input){request{id}userErrors{code message}}}" : '' }
export type ErasureAskData = { privacyErasureAsk: { request: { id: string } | null; userErrors: Array<{ code: PrivacyErasureAskErrorCode; message: string }> } }
export type ErasureAskVariables = { input: PrivacyErasureAskInput }
export const ErasureAsk: Document<ErasureAskData, ErasureAskVariables> = { name: 'ErasureAsk', hash: '0d0bb6dbd8ffeaa07cf3000bca67e5347f77feb1d72b329ac80a168b36d3c48f', text: __SENDS_TEXT__ ? "mutation ErasureAsk($input:PrivacyErasureAskInput!){privacyErasureAsk(input:$input){request{id}userErrors{code message}}}" : '' }
export type ErasureBackData = { privacyErasureWithdraw: { request: { id: string } | null; userErrors: Array<{ code: PrivacyErasureWithdrawErrorCode; message: string }> } }
export type ErasureBackVariables = { input: PrivacyErasureWithdrawInput }
export const ErasureBack: Document<ErasureBackData, ErasureBackVariables> = { name: 'ErasureBack', hash: 'c1c8f20324e6ed2780e72d1ad8375ded600eebe70bb0a040a327dd36197d344e', text: __SENDS_TEXT__ ? "mutation ErasureBack($input:PrivacyErasureWithdrawInput!){privacyErasureWithdraw(input:$input){request{id}userErrors{code message}}}" : '' }
