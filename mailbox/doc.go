// Package mailbox keeps what the post office took: letters in boxes, process
// cards, dialogs and boxes themselves, all on NATS JetStream with large
// content in content-addressed files beside it (OSCI 1.2, dossier §19.2–19.5).
//
// It promises that a nil error of Put, Record, SaveDialog and Register means
// that the fact is durable, that a message id is used once for ever, and that
// everything but the streams and the content files can be lost and is made
// again from them.
//
// It does not decide who may have what, opens no content and speaks no OSCI.
//
// Start with Store.Put and the numbered steps in its comment.
package mailbox
