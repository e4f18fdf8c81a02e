// Runs the WeChat build in Node. WXML and WXSS go through WeChat's own compilers (npm: miniprogram-compiler); pages and
// components run in a bare `vm` with a stand-in for `wx` over real HTTP, WebSocket and the simulator of the platform.
// It proves that everything compiles, registers, renders and reacts; not layout, native components or real phones.
const fs = require('node:fs')
const path = require('node:path')
const vm = require('node:vm')
const { execFileSync } = require('node:child_process')
const { WebSocket } = require('ws')

const nothing = () => {}

/** Path of `wcc` or `wcsc`, or null where they do not run (they are built for x86-64 only). */
function compiler(name) {
  const folder = { linux: 'linux', darwin: 'mac', win32: 'windows' }[process.platform]
  if (process.arch !== 'x64' || !folder) return null
  const program = path.join(path.dirname(require.resolve('miniprogram-compiler/package.json')), 'bin', folder, name)
  fs.chmodSync(program, 0o755)
  return program
}

function filesIn(folder, wanted) {
  return fs.readdirSync(folder, { recursive: true }).map(String).filter((file) => wanted.test(file)).map((file) => file.split(path.sep).join('/'))
}

/** The program that WXML becomes. Throws with line and column when a file is not accepted. */
function compile(folder) {
  const options = { cwd: folder, maxBuffer: 2 ** 27, stdio: ['ignore', 'pipe', 'pipe'] }
  const program = execFileSync(compiler('wcc'), ['-d', ...filesIn(folder, /\.(wxml|wxs)$/)], options).toString()
  execFileSync(compiler('wcsc'), ['-lc', ...filesIn(folder, /\.wxss$/)], options)
  return program
}

/** Bytes of the main package and of each sub-package. */
function sizes(folder) {
  const app = JSON.parse(fs.readFileSync(path.join(folder, 'app.json'), 'utf8'))
  const roots = (app.subPackages ?? []).map(({ root }) => root)
  const all = { main: 0 }
  for (const root of roots) all[root] = 0
  for (const file of filesIn(folder, /./)) {
    const full = path.join(folder, file)
    if (!fs.statSync(full).isFile()) continue
    const root = roots.find((one) => file.startsWith(`${one}/`)) ?? 'main'
    all[root] += fs.statSync(full).size
  }
  return all
}

/** Answers of `wx` functions: `success` and `complete`, or `fail` and `complete`. */
function answer(options, value) {
  options.success?.(value ?? {})
  options.complete?.(value ?? {})
}

function refuse(options, message) {
  options.fail?.({ errMsg: message })
  options.complete?.({ errMsg: message })
}

/** A phone in the hands of `person`. `base` replaces the address that the build was made for. */
class Phone {
  constructor(folder, { base, simulator, person, isOnline = () => true }) {
    Object.assign(this, { folder, base, simulator, person, isOnline })
    this.app = this.json('app')
    this.pages = [...this.app.pages, ...(this.app.subPackages ?? []).flatMap(({ root, pages }) => pages.map((page) => `${root}/${page}`))]
    this.calls = []
    this.faults = []
    this.storage = new Map()
    this.stack = []
    this.definitions = {}
    this.modules = {}
    this.sockets = new Set()
    this.timers = new Set()
    this.context = this.makeContext()
    vm.runInContext(`var global = this, globalThis = this, window = this; { const Real = Date; var shift = 0; Date = class extends Real { constructor(...at) { if (at.length) super(...at); else super(Real.now() + shift) } static now() { return Real.now() + shift } } }`, this.context)
    vm.runInContext(compile(folder), this.context)
    this.load('app.js')
    this.program.onLaunch?.({ path: this.pages[0], query: {}, scene: 1001 })
    this.program.onShow?.({})
  }

  /** Sets the phone's clock: a phone knows what time it is, also in the demo. */
  setClock(at) {
    this.context.shift = Date.parse(at) - Date.now()
  }

  json(name) {
    return JSON.parse(fs.readFileSync(path.join(this.folder, `${name}.json`), 'utf8'))
  }

  address(url) {
    return url.replace(/^(http|ws)s?:\/\/[^/]+/, (_, kind) => (kind === 'ws' ? this.base.replace(/^http/, 'ws') : this.base))
  }

  // What the page's programs see.

  makeContext() {
    const phone = this
    const wx = new Proxy(this.makeWx(), {
      get: (api, name) => (name in api ? api[name] : /^(on|off)[A-Z]/.test(String(name)) ? nothing : undefined),
      has: (api, name) => name in api,
      set: (api, name, value) => ((api[name] = value), true),
    })
    return vm.createContext({
      wx, console, setTimeout, clearTimeout, Promise,
      clearInterval: (timer) => {
        phone.timers.delete(timer)
        clearInterval(timer)
      },
      setInterval: (work, time_ms) => {
        const timer = setInterval(work, time_ms)
        phone.timers.add(timer)
        return timer
      },
      App: (options) => { phone.program = { globalData: {}, ...options } },
      getApp: () => phone.program,
      Page: (options) => { phone.definitions[phone.loading] = { methods: options, data: options.data } },
      Component: (options) => { phone.definitions[phone.loading] = options },
      Behavior: (options) => options,
      getCurrentPages: () => phone.stack,
      __wxConfig: {},
    })
  }

  makeWx() {
    const note = (kind, what) => this.calls.push([kind, what])
    const system = { platform: 'devtools', language: 'zh_CN', SDKVersion: '3.9.0', pixelRatio: 2, windowWidth: 375, windowHeight: 720, screenWidth: 375, statusBarHeight: 20, safeArea: {} }
    return {
      canIUse: () => true,
      getSystemInfoSync: () => system, getDeviceInfo: () => system, getWindowInfo: () => system, getAppBaseInfo: () => system, getSystemSetting: () => ({}),
      getLaunchOptionsSync: () => ({ path: this.pages[0], query: {}, scene: 1001 }), getEnterOptionsSync: () => ({ path: this.pages[0], query: {} }),
      getAccountInfoSync: () => ({ miniProgram: { envVersion: 'develop' } }), getMenuButtonBoundingClientRect: () => ({}),
      nextTick: (work) => void Promise.resolve().then(work),
      getStorageSync: (key) => this.storage.get(key) ?? '',
      setStorageSync: (key, value) => void this.storage.set(key, value),
      removeStorageSync: (key) => void this.storage.delete(key),
      getStorageInfoSync: () => ({ keys: [...this.storage.keys()] }),
      request: (options) => this.request(options),
      connectSocket: (options) => this.connectSocket(options),
      login: (options) => void fetch(`${this.simulator}/sim/login?as=${this.person}`, { headers: { accept: 'application/json' } }).then((said) => said.json()).then(({ code }) => answer(options, { code }), () => refuse(options, 'login:fail')),
      requestPayment: (options) => {
        note('requestPayment', options.package)
        void this.payOn(options)
      },
      requestSubscribeMessage: (options) => { note('subscribe', options.tmplIds); answer(options, Object.fromEntries(options.tmplIds.map((id) => [id, 'accept']))) },
      getLocation: (options) => refuse(options, 'getLocation:fail auth deny'),
      makePhoneCall: (options) => { note('call', options.phoneNumber); answer(options) },
      showToast: ({ title }) => note('toast', title), showModal: ({ title }) => note('modal', title),
      createInnerAudioContext: () => ({ src: '', play() { note('audio', this.src) }, stop: nothing, onError: nothing }),
      navigateTo: (options) => { this.open(options.url); answer(options) },
      redirectTo: (options) => { this.close(); this.open(options.url); answer(options) },
      reLaunch: (options) => { while (this.stack.length) this.close(); this.open(options.url); answer(options) },
      navigateBack: ({ delta = 1, ...options }) => { for (let at = 0; at < delta && this.stack.length > 1; at += 1) this.close(); this.top.onShow?.(); answer(options) },
    }
  }

  request(options) {
    const url = this.address(options.url)
    this.calls.push(['request', typeof options.data === 'object' ? options.data.operationName : url])
    if (!this.isOnline()) return void setTimeout(() => refuse(options, 'request:fail timeout'), 5)
    const body = typeof options.data === 'string' ? options.data : JSON.stringify(options.data)
    fetch(url, { method: options.method ?? 'GET', headers: options.header, body })
      .then(async (said) => ({ statusCode: said.status, data: await said.json(), header: {} }))
      .then((said) => answer(options, said), (error) => refuse(options, `request:fail ${error}`))
    return { abort: nothing }
  }

  connectSocket(options) {
    this.calls.push(['connectSocket', this.address(options.url)])
    const socket = new WebSocket(this.address(options.url), options.protocols)
    this.sockets.add(socket)
    socket.on('close', () => this.sockets.delete(socket))
    options.complete?.({})
    return {
      onOpen: (tell) => socket.on('open', () => tell({})),
      onMessage: (tell) => socket.on('message', (data) => tell({ data: String(data) })),
      onError: (tell) => socket.on('error', tell),
      onClose: (tell) => socket.on('close', (code, reason) => tell({ code, reason: String(reason) })),
      send: ({ data }) => socket.send(data),
      close: ({ code, reason } = {}) => socket.close(code, reason),
    }
  }

  /** The payer presses the button of the simulator's sheet. The app id comes from the platform, as on a phone. */
  async payOn(options) {
    const merchant = await (await fetch(`${this.simulator}/sim/merchant.json`)).json()
    const form = new URLSearchParams({ appId: merchant.appid, timeStamp: options.timeStamp, nonceStr: options.nonceStr, package: options.package, signType: options.signType, paySign: options.paySign, as: this.person, act: 'pay' })
    const said = await fetch(`${this.simulator}/sim/pay`, { method: 'POST', body: form })
    const page = await said.text()
    if (/支付成功/.test(page)) answer(options, { errMsg: 'requestPayment:ok' })
    else refuse(options, 'requestPayment:fail')
  }

  load(file) {
    if (this.modules[file]) return this.modules[file].exports
    const module = (this.modules[file] = { exports: {} })
    const before = this.loading
    this.loading = file.replace(/\.js$/, '')
    const require = (wanted) => {
      const found = wanted.startsWith('/') ? wanted.slice(1) : path.posix.join(path.posix.dirname(file), wanted)
      return this.load(found.endsWith('.js') ? found : `${found}.js`)
    }
    const text = fs.readFileSync(path.join(this.folder, file), 'utf8')
    vm.runInContext(`(function (require, module, exports) {${text}\n})`, this.context, { filename: file })(require, module, module.exports)
    this.loading = before
    return module.exports
  }

  // Pages and components.

  get top() {
    return this.stack.at(-1)
  }

  open(url) {
    const [route, query = ''] = url.replace(/^\//, '').split('?')
    if (!this.pages.includes(route)) throw new Error(`there is no page ${route}`)
    this.top?.onHide?.()
    const page = this.make(route, {}, null)
    this.stack.push(page)
    page.onLoad?.(Object.fromEntries(new URLSearchParams(query)))
    page.onShow?.()
    this.tree()
    page.onReady?.()
    return page
  }

  close() {
    const page = this.stack.pop()
    page.onUnload?.()
    const detach = (instance) => {
      for (const child of instance.children.values()) detach(child)
      if (instance.owner) (instance.lifetimes.detached ?? nothing).call(instance)
    }
    detach(page)
  }

  /** Ends the phone: every page leaves, every socket closes. Gives how many timers the pages left running. */
  end() {
    while (this.stack.length) this.close()
    for (const socket of this.sockets) socket.terminate()
    const forgotten = this.timers.size
    for (const timer of this.timers) clearInterval(timer)
    return forgotten
  }

  /** A page (without owner) or a component inside `owner`. */
  make(route, attributes, owner) {
    this.load(`${route}.js`)
    const definition = this.definitions[route]
    if (!definition) throw new Error(`nothing is registered for ${route}`)
    const phone = this
    const instance = {
      is: route, data: JSON.parse(JSON.stringify(definition.data ?? {})), properties: {}, dataset: {}, options: {}, owner, attributes, children: new Map(), using: {},
      lifetimes: { created: definition.created, attached: definition.attached, ready: definition.ready, detached: definition.detached, ...definition.lifetimes },
      selectAllComponents: () => [], selectComponent: () => null, createSelectorQuery: nothing,
      setData(changes, done) {
        for (const [key, value] of Object.entries(changes)) setPath(this.data, key, value)
        // As in WeChat, what is inside learns of it at once.
        if (this.isDrawn && !this.isDrawing) phone.tree(this)
        if (done) void Promise.resolve().then(done)
      },
      triggerEvent(name, detail) {
        // `__l` is how uni-app links a component with its owner; its handler takes the detail alone.
        const handler = this.attributes[`bind${name}`] ?? this.attributes[`bind:${name}`]
        if (handler && owner?.[handler]) owner[handler]({ type: name, detail, currentTarget: { dataset: {} }, target: { dataset: {} } })
      },
    }
    if (!owner) instance.route = route
    for (const [name, property] of Object.entries(definition.properties ?? {})) instance.properties[name] = instance.data[name] = property?.value ?? null
    Object.assign(instance, definition.methods)
    for (const [tag, file] of Object.entries({ ...this.app.usingComponents, ...this.json(route).usingComponents })) {
      instance.using[tag] = file.startsWith('/') ? file.slice(1) : path.posix.join(path.posix.dirname(route), file)
    }
    instance.take = (given, isFirst) => {
      instance.attributes = given
      for (const [key, value] of Object.entries(given)) {
        const name = key.replace(/-([a-z])/g, (_, letter) => letter.toUpperCase())
        if (!(name in (definition.properties ?? {}))) continue
        const old = instance.properties[name]
        instance.properties[name] = instance.data[name] = value
        if (old !== value) definition.properties[name].observer?.call(instance, value, old)
        if (!isFirst && old !== value) definition.observers?.[name]?.call(instance, value)
      }
    }
    instance.take(attributes, true)
    ;(instance.lifetimes.created ?? nothing).call(instance)
    ;(instance.lifetimes.attached ?? nothing).call(instance)
    ;(instance.lifetimes.ready ?? nothing).call(instance)
    return instance
  }

  /** What is on the screen: nodes with tag, attributes, the instance whose handlers they name, and children. */
  tree(instance = this.top) {
    let count = 0
    const expand = (value) => {
      if (typeof value !== 'object' || !value) return value
      const tag = String(value.tag).replace(/^wx-/, '')
      const attributes = value.attr ?? {}
      const inside = (value.children ?? []).map(expand)
      const node = { tag, attributes, instance, children: inside }
      if (!instance.using[tag]) return node
      const key = attributes.uI ?? attributes['u-i'] ?? `${tag}${(count += 1)}`
      const known = instance.children.get(key)
      if (known) known.take(attributes, false)
      else instance.children.set(key, this.make(instance.using[tag], attributes, instance))
      node.children = fill(this.tree(instance.children.get(key)).children, inside)
      return node
    }
    const wasDrawing = instance.isDrawing
    instance.isDrawing = true
    try {
      return expand(this.context.$gwx(`${instance.is}.wxml`)(instance.data))
    } finally {
      instance.isDrawing = wasDrawing
      instance.isDrawn = true
    }
  }

  // What a person does.

  text() {
    return textOf(this.tree()).replace(/\s+/g, ' ').trim()
  }

  find(wanted) {
    const found = []
    const walk = (node) => {
      if (typeof node !== 'object') return
      if (wanted(node)) found.push(node)
      node.children.forEach(walk)
    }
    walk(this.tree())
    return found
  }

  buttons() {
    return this.find((node) => node.attributes.bindtap)
  }

  tap(words) {
    const fits = (text) => (words instanceof RegExp ? words.test(text.trim()) : text.includes(words))
    const node = this.buttons().find((one) => fits(textOf(one)) || fits(String(one.attributes.ariaLabel ?? one.attributes['aria-label'] ?? '')))
    if (!node) throw new Error(`nothing to press says ${words} in: ${this.text()}`)
    const target = { id: '', dataset: {} }
    node.instance[node.attributes.bindtap]({ type: 'tap', detail: {}, currentTarget: target, target })
  }

  fill(label, value) {
    const node = this.find((one) => one.attributes.bindinput && String(one.attributes.ariaLabel ?? one.attributes['aria-label'] ?? '').includes(label))[0]
    if (!node) throw new Error(`nothing to fill is named ${label}`)
    const target = { id: '', dataset: {} }
    node.instance[node.attributes.bindinput]({ type: 'input', detail: { value }, currentTarget: target, target })
  }

  async see(words, patience_ms = 15_000) {
    const end = Date.now() + patience_ms
    for (;;) {
      const text = this.text()
      if (words instanceof RegExp ? words.test(text) : text.includes(words)) return text
      if (Date.now() > end) throw new Error(`never saw ${words} in: ${text}`)
      await new Promise((done) => setTimeout(done, 25))
    }
  }

  async press(words) {
    const end = Date.now() + 15_000
    for (;;) {
      try {
        return this.tap(words)
      } catch (error) {
        if (Date.now() > end) throw error
        await new Promise((done) => setTimeout(done, 25))
      }
    }
  }
}

/** Puts what stands inside a component's tag where its slots are. */
function fill(nodes, given) {
  const nameOf = (node) => (typeof node === 'object' ? (node.attributes.slot ?? '') : '')
  return nodes.flatMap((node) => {
    if (typeof node !== 'object') return [node]
    if (node.tag === 'slot') return given.filter((one) => nameOf(one) === (node.attributes.name ?? ''))
    return [{ ...node, children: fill(node.children, given) }]
  })
}

function textOf(node) {
  return typeof node === 'object' ? node.children.map(textOf).join(' ') : String(node)
}

/** `setData` with paths such as `a.b[0].c`. */
function setPath(data, key, value) {
  const steps = key.replace(/\.?\[(\d+)\]/g, '.$1').split('.')
  let at = data
  for (const [index, step] of steps.slice(0, -1).entries()) at = at[step] ??= /^\d+$/.test(steps[index + 1]) ? [] : {}
  at[steps.at(-1)] = value
}

module.exports = { Phone, compile, compiler, sizes }
