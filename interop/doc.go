// Package interop holds the tests of the whole post office from outside: the
// conformance items of the dossier over HTTP, bad input, and the official Java
// client, unchanged, against a running server.
//
// It promises nothing to other packages: it has tests only. The tests with the
// official client want OSCI_CLASSPATH to hold the class path of
// de.osci:osci-bibliothek and what it needs, and javac and java on the PATH;
// without them they report a skip. The driver in driver/ is our own.
//
// Start with office_test.go (the server) and java_test.go (the client).
package interop
