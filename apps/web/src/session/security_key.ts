/** Passkeys and security keys: the browser asks the authenticator, in the server's words. */
export const canUseKeys = (): boolean =>
  typeof PublicKeyCredential !== 'undefined' && 'parseRequestOptionsFromJSON' in PublicKeyCredential

/** What the browser says is technical, and differs; most often somebody just closed its window. */
async function asked(work: () => Promise<Credential | null>): Promise<object> {
  const credential = await work().catch((error: unknown) => {
    const isKnown = error instanceof DOMException && error.name === 'InvalidStateError'
    throw new Error(isKnown ? 'This key is yours already.' : 'No passkey was used. Try again, or choose another way.')
  })
  if (!credential) throw new Error('No passkey was used. Try again, or choose another way.')
  return (credential as PublicKeyCredential).toJSON() as object
}

export const makeKey = (options: PublicKeyCredentialCreationOptionsJSON): Promise<object> =>
  asked(() => navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) }))

export const useKey = (options: PublicKeyCredentialRequestOptionsJSON): Promise<object> =>
  asked(() => navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) }))
