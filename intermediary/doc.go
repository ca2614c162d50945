// Package intermediary is the post office: it takes an opened letter, judges
// dialog and signature, carries out the order and answers (OSCI-Transport 1.2;
// dossier §6, §10–§13, §16, §17, §19).
//
// It promises that no order is carried out before dialog and signature were
// judged, that "executed" is said only after the mailbox says durable, that a
// fault never advances a dialog, that a hand-out is confirmed by the next valid
// request of its dialog and by nothing else, and that no public text carries a
// cause.
//
// It opens no content, keeps no state of its own, and speaks no HTTP.
//
// Start with Office.Exchange in office.go: the road of every letter.
package intermediary
