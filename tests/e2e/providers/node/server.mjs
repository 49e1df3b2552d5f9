// An OpenID provider with the certified npm package `oidc-provider`: node server.mjs SETTINGS.json
//
// Settings, all required except the last six:
//   port, issuer            port on loopback, and issuer, which may have a path
//   client                  id, secret (absent for a public client), auth_method, redirect_uri, post_logout_redirect_uris
//   alg                     algorithm of ID tokens: RS256, PS256, ES256, ES384 or EdDSA
//   people                  user name -> claims; all passwords are "password"
//   claims_in               "id_token" (default), or "userinfo", as in the specification
//   pkce                    false if PKCE is optional
//   id_ttl                  lifetime of an ID token in seconds, 3600 by default
//   backchannel_logout      uri and session_required of the client's back-channel logout
//   client_jwks, client_alg keys of the client, which replace the secret, and their algorithm
// Controls for the tests:
//   POST /__control/rotate[?keep=0][&kid=same]   replaces the signing key; keep=0 removes the old one, kid=same reuses its key ID
//   POST /__control/clock?skew=SECONDS   sets the clock of the provider
//   GET  /__control/log                  the received requests, as JSON
import http from 'node:http';
import { readFileSync } from 'node:fs';
import { createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { Provider, interactionPolicy } from 'oidc-provider';
import { createMemoryAdapter } from './node_modules/oidc-provider/lib/adapters/memory_adapter.js';

const settings = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const { port, issuer, client, alg, people } = settings;
const base = new URL(issuer).pathname.replace(/\/$/, '');

// All claims that no other scope covers.
const profile = [...new Set(Object.values(people).flatMap(Object.keys))].filter((claim) => !['email', 'email_verified', 'groups'].includes(claim));

// One key of each type, as in the key sets of large providers.
let keys = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'].map((alg) => newKey(alg));
const cookieKeys = [randomBytes(16).toString('hex')];
// Kept across rotations, so that pending logins succeed.
const memory = createMemoryAdapter();
const seen = [];
const realNow = Date.now;
let skew = 0;
Date.now = () => realNow() + skew * 1000;

let provider = build();
let handle = provider.callback();

http.createServer(async (req, res) => {
  const url = new URL(req.url, `http://localhost:${port}`);
  try {
    if (url.pathname.startsWith('/__control/')) return control(url, res);
    seen.push({ method: req.method, path: url.pathname, query: Object.fromEntries(url.searchParams) });
    if (!url.pathname.startsWith(`${base}/`)) return answer(res, 404, 'nothing here');
    if (url.pathname.startsWith(`${base}/interaction/`)) return await interaction(req, res);
    req.originalUrl = req.url;
    req.url = req.url.slice(base.length);
    return await handle(req, res);
  } catch (error) {
    console.error(error);
    return answer(res, 500, String(error));
  }
}).listen(port, '127.0.0.1', () => console.error(`listening as ${issuer}`));

function build() {
  // Streamlit sends prompt=select_account, which the default policy of the package does not support.
  const policy = interactionPolicy.base();
  policy.add(new interactionPolicy.Prompt({ name: 'select_account', requestable: true }), 0);

  const built = new Provider(issuer, {
    adapter: memory,
    jwks: { keys },
    clients: [{
      client_id: client.id,
      ...(settings.client_jwks
        ? { token_endpoint_auth_method: 'private_key_jwt', jwks: settings.client_jwks, token_endpoint_auth_signing_alg: settings.client_alg }
        : { client_secret: client.secret, token_endpoint_auth_method: client.auth_method }),
      redirect_uris: [client.redirect_uri],
      post_logout_redirect_uris: client.post_logout_redirect_uris,
      response_types: ['code'],
      grant_types: ['authorization_code'],
      id_token_signed_response_alg: alg,
      ...(settings.backchannel_logout && {
        backchannel_logout_uri: settings.backchannel_logout.uri,
        backchannel_logout_session_required: settings.backchannel_logout.session_required,
      }),
    }],
    clientDefaults: { id_token_signed_response_alg: alg },
    enabledJWA: {
      idTokenSigningAlgValues: ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'],
      clientAuthSigningAlgValues: ['RS256', 'PS256', 'ES256', 'EdDSA'],
    },
    scopes: ['openid', 'profile', 'email', 'groups'],
    claims: {
      openid: ['sub'],
      profile,
      email: ['email', 'email_verified'],
      groups: ['groups'],
    },
    // The app is on loopback, which the package does not connect to by default.
    fetch: (url, { dispatcher, ...options }) => globalThis.fetch(url, options),
    conformIdTokenClaims: settings.claims_in === 'userinfo',
    pkce: { required: () => settings.pkce !== false },
    ttl: { IdToken: settings.id_ttl ?? 3600, AccessToken: 3600, AuthorizationCode: 60, Interaction: 600, Session: 86400, Grant: 86400 },
    cookies: { keys: cookieKeys, names: { session: 'op_session', interaction: 'op_interaction', resume: 'op_resume' } },
    features: { backchannelLogout: { enabled: true }, claimsParameter: { enabled: true }, devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: true }, userinfo: { enabled: true } },
    interactions: { policy, url: (_context, { uid }) => `${base}/interaction/${uid}` },
    findAccount: (_context, id) => people[id] && { accountId: id, claims: async () => ({ sub: id, ...people[id] }) },
  });
  built.on('server_error', (_context, error) => console.error('server_error', error));
  built.on('backchannel.error', (_context, error) => console.error('backchannel.error', error));
  built.on('grant.error', (_context, error) => console.error('grant.error', error.error, error.error_detail ?? error.error_description));
  built.on('authorization.error', (_context, error) => console.error('authorization.error', error.error, error.error_description));
  return built;
}

async function interaction(req, res) {
  const { prompt, params, session, grantId } = await provider.interactionDetails(req, res);
  if (prompt.name === 'consent') return consent(req, res, { prompt, params, session, grantId });
  if (req.method !== 'POST') return answer(res, 200, loginPage);

  const form = await readForm(req);
  if (form.action === 'cancel') {
    return provider.interactionFinished(req, res, { error: 'access_denied', error_description: 'End-User aborted interaction' });
  }
  if (!people[form.login] || form.password !== 'password') return answer(res, 401, '<p>Wrong user or password</p>');
  return provider.interactionFinished(req, res, { login: { accountId: form.login }, select_account: {} }, { mergeWithLastSubmission: false });
}

// Consent is automatic. The first form can be cancelled.
async function consent(req, res, { prompt, params, session, grantId }) {
  const grant = (grantId && await provider.Grant.find(grantId))
    || new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  if (prompt.details.missingOIDCScope) grant.addOIDCScope(prompt.details.missingOIDCScope.join(' '));
  if (prompt.details.missingOIDCClaims) grant.addOIDCClaims(prompt.details.missingOIDCClaims);
  return provider.interactionFinished(req, res, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true });
}

function control(url, res) {
  switch (url.pathname) {
    case '/__control/rotate':
      keys = [
        newKey(alg, url.searchParams.get('kid') === 'same' ? keys.find((key) => key.alg === alg).kid : undefined),
        ...keys.filter((key) => url.searchParams.get('keep') !== '0' || key.alg !== alg),
      ];
      provider = build();
      handle = provider.callback();
      return answer(res, 200, 'rotated');
    case '/__control/clock':
      skew = Number(url.searchParams.get('skew'));
      return answer(res, 200, 'moved');
    case '/__control/log':
      return answer(res, 200, JSON.stringify(seen), 'application/json');
    default:
      return answer(res, 404, 'no such control');
  }
}

function newKey(wanted, kid = randomBytes(6).toString('hex')) {
  // Through PEM, so that the exported key is an object of its own, not that of the generator.
  const pem = { publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } };
  const curve = { ES256: 'P-256', ES384: 'P-384' }[wanted];
  let pair;
  if (/^(RS|PS)/.test(wanted)) pair = generateKeyPairSync('rsa', { modulusLength: 2048, ...pem });
  else if (curve) pair = generateKeyPairSync('ec', { namedCurve: curve, ...pem });
  else pair = generateKeyPairSync('ed25519', pem);
  const jwk = createPrivateKey(pair.privateKey).export({ format: 'jwk' });
  return { ...jwk, use: 'sig', alg: wanted, kid };
}

function answer(res, status, body, type = 'text/html; charset=utf-8') {
  if (!res.headersSent) res.writeHead(status, { 'content-type': type });
  res.end(body);
}

async function readForm(req) {
  let text = '';
  for await (const chunk of req) text += chunk;
  return Object.fromEntries(new URLSearchParams(text));
}

const loginPage = `<!doctype html><html lang="en"><title>Sign in</title><h1>Identity provider</h1><form method="post">
<label>User <input name="login" autofocus></label> <label>Password <input name="password" type="password"></label>
<button name="action" value="sign-in">Sign in</button> <button name="action" value="cancel">Cancel</button></form></html>`;
