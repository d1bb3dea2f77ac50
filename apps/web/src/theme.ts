import { definePreset } from '@primeuix/themes'
import Aura from '@primeuix/themes/aura'

const light = (color: string, hover: string, active: string) => ({
  color,
  hoverColor: hover,
  activeColor: active,
  contrastColor: '#ffffff',
})
const solid = (background: string, hover: string) => ({
  background,
  hoverBackground: hover,
  activeBackground: hover,
  borderColor: background,
  hoverBorderColor: hover,
  activeBorderColor: hover,
  color: '#ffffff',
})

/** PrimeVue's Aura, with colours dark enough for small white text (WCAG AA). */
const preset = definePreset(Aura, {
  semantic: { colorScheme: { light: { primary: light('#0f5c63', '#0b474d', '#083538') } } },
  components: {
    button: {
      colorScheme: {
        light: {
          root: { success: solid('#14703f', '#0f5730'), danger: solid('#a3221b', '#821a15') },
          outlined: { danger: { color: '#a3221b', borderColor: '#a3221b', hoverBackground: '#fdecea' } },
        },
      },
    },
    tag: {
      colorScheme: {
        light: {
          secondary: { background: '#e4e9eb', color: '#33454a' },
          info: { background: '#dcebfa', color: '#124a80' },
          success: { background: '#d9f2e3', color: '#0f5730' },
          danger: { background: '#fde3e0', color: '#821a15' },
        },
      },
    },
  },
})

export const theme = { preset, options: { darkModeSelector: '.never' } }
