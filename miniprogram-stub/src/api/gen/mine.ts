// Written by tools/codegen.mjs. Do not edit.
import type { Document } from '../document'
import type { MessageKind, MessageReadErrorCode, MessageReadInput, SubscriptionAnswer, SubscriptionChoice, SubscriptionRecordErrorCode, SubscriptionRecordInput } from './schema'

export type MessagesData = { messages: { nodes: Array<{ id: string; kind: MessageKind; madeAt: string; title: string; words: string; orderId: string | null; voucherId: string | null }>; pageInfo: { hasNextPage: boolean; endCursor: string | null } }; unreadCount: number }
export type MessagesVariables = { after?: string | null }
export const Messages: Document<MessagesData, MessagesVariables> = { name: 'Messages', hash: '111cfb90a787f6074d56ec3a77095a9bd417906211132eb4f7140f77fdb2bf1b', text: __SENDS_TEXT__ ? "query Messages($after:String){messages(first:20 after:$after){nodes{id kind madeAt title words orderId voucherId}pageInfo{hasNextPage endCursor}}unreadCount}" : '' }
export type MessagesReadData = { messageRead: { unreadCount: number | null; userErrors: Array<{ code: MessageReadErrorCode; message: string }> } }
export type MessagesReadVariables = { input: MessageReadInput }
export const MessagesRead: Document<MessagesReadData, MessagesReadVariables> = { name: 'MessagesRead', hash: '718a3499d83be7e35fd2ba0acc956fca13fe7119c19c7ecad30a66b184b25493', text: __SENDS_TEXT__ ? "mutation MessagesRead($input:MessageReadInput!){messageRead(input:$input){unreadCount userErrors{code message}}}" : '' }
export type RemindersData = { meal: Array<{ kind: MessageKind; template: string; remaining: number }>; visit: Array<{ kind: MessageKind; template: string; remaining: number }>; voucher: Array<{ kind: MessageKind; template: string; remaining: number }> }
export type RemindersVariables = {  }
export const Reminders: Document<RemindersData, RemindersVariables> = { name: 'Reminders', hash: '182eb66cb15793bc197301efb30cf52f7d674d897d7e813d2cbbea7f85cad875', text: __SENDS_TEXT__ ? "query Reminders{meal:subscriptionTemplates(moment:MEAL_BOOKED){kind template remaining}visit:subscriptionTemplates(moment:VISIT_BOOKED){kind template remaining}voucher:subscriptionTemplates(moment:VOUCHERS_SEEN){kind template remaining}}" : '' }
export type ReminderRecordData = { subscriptionRecord: { subscriptions: { templates: Array<{ kind: MessageKind }> } | null; userErrors: Array<{ code: SubscriptionRecordErrorCode; message: string }> } }
export type ReminderRecordVariables = { input: SubscriptionRecordInput }
export const ReminderRecord: Document<ReminderRecordData, ReminderRecordVariables> = { name: 'ReminderRecord', hash: '21e339adc45eca3d9c03a939ef69a63223a941caa1736cba3c891d9bc5940056', text: __SENDS_TEXT__ ? "mutation ReminderRecord($input:SubscriptionRecordInput!){subscriptionRecord(input:$input){subscriptions{templates{kind}}userErrors{code message}}}" : '' }
