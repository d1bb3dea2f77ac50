// The page where staff signs in. No script and nothing from elsewhere, so the strictest content policy does.

const escaped = (text) => text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`)

export function signInPage({ action, problem = '', email = '', next = '' }) {
  const alert = problem ? `<p role="alert">${escaped(problem)}</p>` : ''
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Staff – sign in</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; margin: 0; min-height: 100vh; display: grid; place-items: center; background: #f4f6f8; color: #1b2733 }
  form { background: #fff; padding: 2rem; border-radius: 12px; box-shadow: 0 2px 16px #0002; width: min(22rem, 80vw) }
  h1 { font-size: 1.25rem; margin: 0 0 .25rem } label { display: block; margin-top: 1rem; font-weight: 600 }
  input { width: 100%; box-sizing: border-box; font: inherit; padding: .5rem; border: 1px solid #8596a8; border-radius: 6px }
  button { margin-top: 1.5rem; width: 100%; font: inherit; font-weight: 600; padding: .6rem; border: 0; border-radius: 6px; background: #0b5cad; color: #fff }
  input:focus-visible, button:focus-visible { outline: 3px solid #f0a202; outline-offset: 1px } [role=alert] { color: #a11; font-weight: 600 }
</style>
</head>
<body>
<form method="post" action="${escaped(action)}">
<h1>Sign in</h1>
<p>For the staff of the platform.</p>
${alert}
<input name="next" type="hidden" value="${escaped(next)}">
<label for="email">E-mail</label>
<input id="email" name="email" type="email" autocomplete="username" required value="${escaped(email)}">
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button>Sign in</button>
</form>
</body>
</html>
`
}
