// Package client is the letter-writer's and reader's side of OSCI-Transport:
// asking an office for message ids, storing letters, fetching them, process
// cards (OSCI 1.2; dossier §6, §12, §13).
//
// It promises that no answer is taken for one unless it answers the very
// request (challenge, conversation, number, kind), is encrypted if the request
// was, and is signed by the office named in Options; that nothing more is sent
// in a dialog after an answer that could not be understood, so that a letter
// which was not received is not confirmed (dossier §6.3.9); and that no letter
// is held in memory.
//
// It knows no HTTP: whoever uses it hands in a function that posts octets. It
// judges no certificate but the office's: whose letters are to be believed is
// for the caller, who finds the verdicts in envelope.Content.
//
// Where Options name no signature certificate of the office, answers are
// accepted whoever signed them, and say so: see Answer.Authentic. A signature
// that is there and wrong is an error always, and within one dialog the signer
// may not change.
//
// Start with New, then Client.Store for writers and Client.Dial for readers.
package client
