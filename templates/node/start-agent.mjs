// Starts the agent in /var/lib/kontena, in this process. An agent that follows its master leaves a record
// of the new one's trial beside it: here its starts are counted, and after three that did not bring it
// online the one before takes its place. An agent that is missing or damaged is fetched from the master.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { get as getPlain } from 'node:http'
import { get as getSecure } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { isMainThread, Worker } from 'node:worker_threads'

const { KONTENA_ROOT: root = '', KONTENA_TRIAL_SECONDS = '150' } = process.env
const folder = `${root}/var/lib/kontena`
const agent = `${folder}/agent.mjs`
const previous = `${folder}/agent.previous.mjs`
const record = `${folder}/agent.trial`
const mostStarts = 3
// An agent is a fraction of it.
const mostBytes = 16 * 1024 * 1024
// Of the time that an agent on trial has, as often as this the master is asked whether it is there.
const probes = 5

if (isMainThread) await start()
else await watch()

async function start() {
  const trial = readTrial()
  let hash = hashOf(agent)
  if (trial !== undefined && trial.hash === hash && trial.state !== 'k') {
    if (goBack(trial)) hash = trial.previous
    else await beginTrial(trial)
  } else if (hash === undefined || !isKnown(hash, trial)) {
    hash = await repair(trial)
  }
  // Both tell the agent that it is a file of its own, which may be replaced.
  process.env.KONTENA_AGENT_HASH = hash
  process.argv[1] = agent
  await import(pathToFileURL(agent).href)
}

/**
 * The record is one line: a state, the hash of the agent on trial and that of the one before. States are
 * the number of starts so far, `k` for kept, `r` for refused. A state is overwritten where it stands, and
 * going back is a rename: a full disk prevents neither.
 */
function readTrial() {
  const line = /^([0-3kr]) ([0-9a-f]{64}) ([0-9a-f]{64})\n$/.exec(read(record)?.toString() ?? '')
  return line === null ? undefined : { state: line[1], hash: line[2], previous: line[3] }
}

function writeState(state) {
  const file = fs.openSync(record, 'r+')
  try {
    fs.writeSync(file, state, 0)
    fs.fsyncSync(file)
  } finally {
    fs.closeSync(file)
  }
}

/** Refused comes first, so that being cut off here ends in going back too. */
function goBack({ state, hash, previous: before }) {
  if (state !== 'r' && Number(state) < mostStarts) return false
  if (hashOf(previous) !== before) {
    say(`agent ${short(hash)} does not get online, and there is none to go back to`)
    return false
  }
  try {
    writeState('r')
    fs.renameSync(previous, agent)
    sync(folder)
  } catch (error) {
    say(`agent ${short(hash)} does not get online, and going back failed: ${error.message}`)
    return false
  }
  say(`agent ${short(hash)} did not get online in ${mostStarts} starts: back to ${short(before)}`)
  return true
}

/** No agent gets online while its master is away, so that a start then does not count. */
async function beginTrial({ state, hash }) {
  const isCounted = Number(state) < mostStarts && (await masterAnswers())
  try {
    if (isCounted) writeState(String(Number(state) + 1))
  } catch (error) {
    say(`this start of agent ${short(hash)} was not counted: ${error.message}`)
  }
  // A thread, since an agent that hangs may let no timer of its own thread run.
  const watcher = new Worker(new URL(import.meta.url))
  watcher.on('error', (error) => say(`nobody watches agent ${short(hash)}: ${error.message}`))
  watcher.unref()
}

/** Ends an agent on trial that is not online though the master has been there all the time. */
async function watch() {
  let answers = 0
  while (answers < probes) {
    await sleep((Number(KONTENA_TRIAL_SECONDS) * 1000) / probes)
    if (!/^\d$/.test(readTrial()?.state ?? '')) return
    answers = (await masterAnswers()) ? answers + 1 : 0
  }
  say(`the agent on trial is not online after ${KONTENA_TRIAL_SECONDS} s: ending it`)
  process.kill(process.pid, 'SIGKILL')
}

async function masterAnswers() {
  try {
    await get('/v1/ping', 10_000)
    return true
  } catch {
    return false
  }
}

/** Whether this is an agent that belongs here, and not what is left of one. */
function isKnown(hash, trial) {
  const known = [trial?.hash, trial?.previous, pinnedHash()].filter((it) => it !== undefined)
  return known.length === 0 || known.includes(hash)
}

/** The hash that the machine was made with. */
function pinnedHash() {
  const text = process.env.KONTENA_AGENT_SHA256 || read(`${root}/etc/kontena/agent.sha256`)
  return /^[0-9a-f]{64}(?=\s*$)/.exec(text?.toString() ?? '')?.[0]
}

async function repair(trial) {
  if (trial !== undefined && hashOf(previous) === trial.previous) {
    fs.renameSync(previous, agent)
    sync(folder)
    say(`the agent was damaged: back to ${short(trial.previous)}`)
    return trial.previous
  }
  try {
    return await fetchAgent()
  } catch (error) {
    say(`there is no agent to start, and the master gave none: ${error.message}`)
    process.exit(1)
  }
}

/** The agent with the pinned hash, or where the master has that no more, the one it offers by now. */
async function fetchAgent() {
  const pinned = pinnedHash()
  try {
    if (pinned !== undefined) return await fetchBundle(pinned)
  } catch (error) {
    say(`no agent ${short(pinned)}: ${error.message}`)
  }
  if (!isGuarded()) throw new Error('without verified TLS nobody knows whose agent it hands out')
  return fetchBundle(JSON.parse(await get('/', 60_000)).agent_bundle)
}

/** Over TLS that is verified, or without leaving this host. */
function isGuarded() {
  const { protocol, hostname } = masterUrl('/')
  if (protocol === 'https:') return process.env.KONTENA_SSL_VERIFY !== 'false'
  return ['localhost', '[::1]'].includes(hostname) || /^127(\.\d{1,3}){3}$/.test(hostname)
}

async function fetchBundle(hash) {
  const content = await get(`/v1/agent/bundle/${hash}`, 60_000)
  if (sha256(content) !== hash) throw new Error('what it sent has another hash')
  fs.mkdirSync(folder, { recursive: true })
  fs.writeFileSync(`${agent}.new`, content)
  sync(`${agent}.new`)
  fs.renameSync(`${agent}.new`, agent)
  sync(folder)
  say(`fetched agent ${short(hash)}`)
  return hash
}

function masterUrl(path) {
  const { KONTENA_URI = '' } = process.env
  return new URL(path, KONTENA_URI.replace(/^ws/, 'http'))
}

async function get(path, milliseconds) {
  const url = masterUrl(path)
  const request = (url.protocol === 'https:' ? getSecure : getPlain)(url, {
    agent: false,
    signal: AbortSignal.timeout(milliseconds),
    ...trust(),
  })
  // What fails after the answer began is told by the answer.
  request.on('error', () => {})
  const [response] = await once(request, 'response')
  const chunks = []
  let size = 0
  for await (const chunk of response) {
    size += chunk.length
    if (size > mostBytes) throw new Error(`more than ${mostBytes} bytes for ${url.href}`)
    chunks.push(chunk)
  }
  if (response.statusCode !== 200) throw new Error(`HTTP ${response.statusCode} for ${url.href}`)
  return Buffer.concat(chunks)
}

/** As the agent's own variables have it. */
function trust() {
  const { SSL_CERT_FILE, SSL_CERT_PATH, KONTENA_SSL_HOSTNAME, KONTENA_SSL_VERIFY } = process.env
  const inFolder = SSL_CERT_PATH ? fs.readdirSync(SSL_CERT_PATH) : []
  const files = inFolder
    .filter((name) => /\.(pem|crt|cer|\d+)$/.test(name))
    .map((name) => `${SSL_CERT_PATH}/${name}`)
  if (SSL_CERT_FILE) files.push(SSL_CERT_FILE)
  return {
    ca: files.length > 0 ? files.map((file) => fs.readFileSync(file)) : undefined,
    rejectUnauthorized: KONTENA_SSL_VERIFY !== 'false',
    ...(KONTENA_SSL_HOSTNAME ? { servername: KONTENA_SSL_HOSTNAME } : {}),
  }
}

function hashOf(file) {
  const content = read(file)
  return content === undefined ? undefined : sha256(content)
}

function sha256(content) {
  return createHash('sha256').update(content).digest('hex')
}

function read(file) {
  try {
    return fs.readFileSync(file)
  } catch {
    return undefined
  }
}

function sync(path) {
  const file = fs.openSync(path, 'r')
  fs.fsyncSync(file)
  fs.closeSync(file)
}

function short(hash) {
  return hash.slice(0, 12)
}

/** At once, also from a thread whose process is about to end. */
function say(text) {
  try {
    fs.writeSync(1, `kontena: ${text}\n`)
  } catch {
    // A log that is full, or that nobody takes any more, is no reason to start no agent.
  }
}
