// Tells the story of tell.py with a client library as it comes: `node tell.cjs LIBRARY HOST KEY`.
const THEN = new Date(Date.UTC(2025, 2, 1, 10, 30));
const MANY = 60;

function tell(analytics, name) {
  const userId = `${name}-ann`;
  const track = (event, message) =>
    analytics.track({ userId, event, properties: { rows: 5 }, timestamp: THEN, messageId: `${name}-${message}` });
  track("Early", "early");
  analytics.identify({ userId, traits: { name: "Ann", email: `${userId}@one.example` } });
  analytics.group({ userId, groupId: "a1", traits: { industry: "Tea" } });
  track("Export", "export");
  track("Export", "export");
  analytics.page({ userId, category: "Docs", name: "Home", timestamp: THEN, messageId: `${name}-page` });
  for (let n = 0; n < MANY; n += 1) track("Click", `click-${n}`);
}

function tellMore(analytics, name) {
  const userId = `${name}-ann`;
  analytics.group({ userId, groupId: "a2" });
  analytics.track({ userId, event: "Later", properties: { rows: 5 }, timestamp: THEN, messageId: `${name}-later` });
}

async function segment(host, writeKey) {
  const { Analytics } = require("@segment/analytics-node");
  const analytics = new Analytics({ writeKey, host, flushAt: 20 });
  tell(analytics, "segment-node");
  await analytics.flush({ timeout: 20000 });
  tellMore(analytics, "segment-node");
  await analytics.closeAndFlush({ timeout: 20000 });
}

async function rudder(host, writeKey) {
  const Analytics = require("@rudderstack/rudder-sdk-node");
  const analytics = new (Analytics.default ?? Analytics)(writeKey, { dataPlaneUrl: host, flushAt: 20, flushInterval: 100 });
  tell(analytics, "rudder-node");
  while (analytics.queue.length) await analytics.flush();
  tellMore(analytics, "rudder-node");
  while (analytics.queue.length) await analytics.flush();
}

const [library, host, key] = process.argv.slice(2);
({ "segment-node": segment, "rudder-node": rudder })[library](host, key).then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
