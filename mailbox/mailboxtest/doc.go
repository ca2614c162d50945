// Package mailboxtest has mailboxes for tests: a real broker in the test's own
// process that syncs before it acknowledges, ways to stop and to kill it, a
// double that fails on demand, and the contract every keeper of mailboxes has
// to fulfil (OSCI 1.2, dossier §13, §19.2–19.5).
//
// It promises that a store from Start keeps by the same means as the real
// thing. It does not simulate a loss of power.
//
// Start reading at Start and Contract.
package mailboxtest
