// Package posture counts, for Prometheus, what the statuses of Chaperone's objects say: how many chatbots there are in which state, which have a
// problem, and which exceptions end soon. It reads the cache when it is scraped and keeps nothing. Only the leader has these metrics, because
// every replica would count the same.
//
// Labels have values of closed sets, except the names of chatbots and exceptions. Those appear only while something is to be said about one, and
// of at most maxListed each, so that 10,000 chatbots in order have no series of their own (docs/adr/0114).
package posture
