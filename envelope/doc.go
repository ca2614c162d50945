// Package envelope holds OSCI letters: their kinds, how they are opened and
// sealed, the process card and the feedback codes (OSCI-Transport 1.2).
//
// It promises that a *Message exists only if its octets were well formed,
// decrypted with a right tag, of one known kind and structured as the schema
// of that kind demands, and that every reference of a transport signature was
// checked; whether that is enough is for the office to say. What is handed on
// (ContentPackage, certificates, custom headers, attachments) is handed on as
// the octets that arrived, with the namespaces that were in scope.
//
// It does not know mailboxes, HTTP or policy, holds no attachment in memory
// and judges no certificate.
//
// Start with kinds.go (the table of all messages), then message.go (what an
// opened letter is), open.go (sealed → opened) and seal.go (draft → octets).
package envelope
