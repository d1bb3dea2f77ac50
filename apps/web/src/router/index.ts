import { createRouter, createWebHistory, type Router } from 'vue-router'
import { nextTick } from 'vue'
import type { useSessionStore } from '@/session/session_store'
import DepartureEditorPage from '@/departures/DepartureEditorPage.vue'
import DepartureListPage from '@/departures/DepartureListPage.vue'
import MembersPage from '@/members/MembersPage.vue'
import ForgottenPasswordPage from '@/sign-in/ForgottenPasswordPage.vue'
import NewPasswordPage from '@/sign-in/NewPasswordPage.vue'
import SignInPage from '@/sign-in/SignInPage.vue'

declare module 'vue-router' {
  interface RouteMeta {
    title: string
    isPublic?: boolean
  }
}

export function createWorkspaceRouter(session: ReturnType<typeof useSessionStore>): Router {
  const router = createRouter({
    history: createWebHistory(),
    routes: [
      { path: '/', redirect: '/departures' },
      { path: '/sign-in', name: 'sign-in', component: SignInPage, meta: { title: 'Sign in', isPublic: true } },
      {
        path: '/forgotten-password',
        name: 'forgotten-password',
        component: ForgottenPasswordPage,
        meta: { title: 'Forgotten password', isPublic: true },
      },
      {
        path: '/new-password',
        name: 'new-password',
        component: NewPasswordPage,
        meta: { title: 'New password', isPublic: true },
      },
      {
        path: '/account',
        name: 'account',
        component: () => import('@/account/AccountPage.vue'),
        meta: { title: 'Your account' },
      },
      {
        path: '/vehicles',
        name: 'vehicles',
        component: () => import('@/vehicles/VehiclesPage.vue'),
        meta: { title: 'Vehicles' },
      },
      { path: '/members', name: 'members', component: MembersPage, meta: { title: 'Members' } },
      {
        path: '/documents',
        name: 'documents',
        component: () => import('@/files/DocumentsPage.vue'),
        meta: { title: 'Documents' },
      },
      { path: '/departures', name: 'departures', component: DepartureListPage, meta: { title: 'Departures' } },
      {
        path: '/departures/new',
        name: 'new-departure',
        component: DepartureEditorPage,
        meta: { title: 'New departure' },
      },
      {
        path: '/departures/:id',
        name: 'departure',
        component: DepartureEditorPage,
        props: true,
        meta: { title: 'Departure' },
      },
      { path: '/:rest(.*)*', redirect: '/departures' },
    ],
  })
  router.beforeEach((to) => {
    if (to.meta.isPublic || session.isSignedIn) return true
    return { name: 'sign-in', query: { next: to.fullPath } }
  })
  router.afterEach(async (to, from) => {
    document.title = `${to.meta.title} · Busflow`
    if (from.matched.length === 0) return
    // A page without a reload is announced by moving the focus to its heading.
    await nextTick()
    document.querySelector<HTMLElement>('h1')?.focus()
  })
  return router
}
