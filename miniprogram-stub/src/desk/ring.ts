// Loud: a tone and the window's title, also while another window is looked at. Browsers ring only after something was pressed.
let title = ''
let sound: AudioContext | null = null

function tone(): void {
  try {
    sound ??= new AudioContext()
    for (const [at, pitch] of [[0, 880], [0.25, 660], [0.5, 880]] as const) {
      const voice = sound.createOscillator()
      voice.frequency.value = pitch
      voice.connect(sound.destination)
      voice.start(sound.currentTime + at)
      voice.stop(sound.currentTime + at + 0.2)
    }
  } catch {
    // Without sound the red card and the title remain.
  }
}

/** So many calls wait; `isNew`: one more than before. */
export function ring(count: number, isNew: boolean): void {
  if (isNew) tone()
  if (count && !document.title.startsWith('★')) title = document.title
  if (count) document.title = `★ ${count} 个紧急求助`
  else if (document.title.startsWith('★')) document.title = title
}
