// Package transport carries octets: HTTP in and out, scratch files for bodies,
// and the connection to NATS JetStream, embedded or remote (OSCI 1.2, dossier
// §2, for what clients expect of HTTP).
//
// It promises that a body never passes the limits it was given, whole or per
// second; that every answer of the exchange goes out with HTTP 200 and an exact
// length; that a stop finishes what runs, within a bound; and that a broker
// which may acknowledge before it has synced is refused.
//
// It has never heard of OSCI: it hands a body to a function and sends what the
// function gives back.
//
// Start with Server.Run; then spool.go, client.go and bus.go.
package transport
