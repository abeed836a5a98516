// Where wrk is not installed: what hold.lua does, and the plain GET when no plan is given.
import exec from 'k6/execution';
import http from 'k6/http';

const lines = (name) => (__ENV.PLAN ? open(`${__ENV.PLAN}/${name}`).trim().split('\n') : []);
const tokens = lines('tokens'), showtimes = lines('showtimes'), seats = lines('seats');
const size = Number(__ENV.SIZE), tries = Number(__ENV.TRIES), groups = Math.floor(seats.length / size);

export const options = {
  vus: Number(__ENV.CONNECTIONS), duration: `${__ENV.SECONDS}s`,
  discardResponseBodies: false, summaryTrendStats: ['p(50)', 'p(95)', 'p(99)'],
};

export default function () {
  if (!__ENV.PLAN) {
    console.log(`${http.get(__ENV.URL, { headers: JSON.parse(__ENV.HEADERS) }).status} -`);
    return;
  }
  const asked = exec.scenario.iterationInTest, turn = Math.floor(asked / tries), spread = __ENV.WAY === 'spread';
  const showtime = showtimes[(spread ? turn : Math.floor(turn / groups)) % showtimes.length];
  const first = ((spread ? Math.floor(turn / showtimes.length) : turn) % groups) * size;
  const answer = http.post(
    `${__ENV.URL}/api/showtimes/${showtime}/holds`, JSON.stringify({ seatIds: seats.slice(first, first + size) }),
    { headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${tokens[asked % tokens.length]}` } });
  console.log(`${answer.status} ${answer.status === 201 ? answer.json('holdId') : '-'}`);
}
