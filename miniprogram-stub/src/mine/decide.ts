import type { Scope } from '@/api/gen/schema'

/** The elder himself, and whoever decides for him. */
export const mayDecide = (elder: { isMe: boolean; myScopes: Scope[] } | null | undefined): boolean => Boolean(elder?.isMe || elder?.myScopes.includes('DECIDE'))

export const DECIDERS_ONLY = '只有老人本人，或有“代老人决定和签字”权限的家人能看、能办。请老人本人给您这个权限，或到社区、服务台办。'
