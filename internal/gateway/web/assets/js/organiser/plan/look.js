// What the seats of a showtime look like to those who sell it: a colour and a letter for each state.

export const STATES = ['free', 'held', 'sold', 'blocked'];
const COLOURS = { free: 'surface-2', held: 'warn', sold: 'accent', blocked: 'ink-2' };
const LETTERS = { held: '…', sold: '✓', blocked: '×' };

export const stateColour = (read, state) => read(COLOURS[state]);

export function stateLook(states, chosen = () => false) {
  return {
    fill: (place, plan) => stateColour(plan.read, states.of(place.id)),
    mark: (place) => LETTERS[states.of(place.id)],
    outlined: (place) => states.of(place.id) === 'free', // it is seen by its line
    chosen,
    area: () => null,
  };
}
