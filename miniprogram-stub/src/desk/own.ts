// Forms of the desk read nothing by themselves: who is not of the desk is told so before he fills them in, not after.
import { Trouble, ask } from '@/api/client'
import { Roles } from '@/api/gen/desk'
import { usePage } from '@/lib/page'

export const useDesk = () => usePage(async () => {
  const { viewer } = await ask(Roles, {})
  if (!viewer.roles.some((role) => ['DESK', 'ADMIN'].includes(role))) throw new Trouble('forbidden', '这一页只给服务台用，您的身份不能看。')
  return viewer
}, { name: () => 'desk' })
