import { ref, type Ref } from 'vue'
import type { Problem } from '@/graphql/errors'

/** Work that a button starts: whether it is going on, and the problem it ended with, if any. */
export function useBusy(): {
  isBusy: Ref<boolean>
  problem: Ref<Problem | null>
  attempt: (work: () => Promise<void>) => Promise<void>
} {
  const isBusy = ref(false)
  const problem = ref<Problem | null>(null)
  async function attempt(work: () => Promise<void>): Promise<void> {
    problem.value = null
    isBusy.value = true
    try {
      await work()
    } catch (error) {
      problem.value = { message: (error as Error).message, hint: '' }
    } finally {
      isBusy.value = false
    }
  }
  return { isBusy, problem, attempt }
}
