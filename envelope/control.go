package envelope

// ControlBlock ties a message to its dialog (OSCI 1.2; dossier §6).
type ControlBlock struct {
	// Response is the literal copy of the peer's last Challenge; "" = absent.
	Response string
	// Challenge is the sender's fresh random text; "" = absent.
	Challenge string
	// ConversationID is a string of digits; "" = absent.
	ConversationID string
	// SequenceNumber counts the requests of a dialog from 0; NoSequence = absent.
	SequenceNumber int
}

// NoSequence marks an absent SequenceNumber.
const NoSequence = -1

// Quality of a time stamp that the sender asks for (dossier §7.2).
type Quality string

// The two qualities; "" means that none was asked for.
const (
	QualityPlain         Quality = "plain"
	QualityCryptographic Quality = "cryptographic"
)
