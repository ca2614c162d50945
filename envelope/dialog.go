package envelope

// InitDialog opens an explicit dialog (OSCI 1.2; dossier §12.1).
type InitDialog struct{}

// ResponseToInitDialog answers InitDialog.
type ResponseToInitDialog struct{ Feedback Feedback }

// ExitDialog ends an explicit dialog (dossier §12.2).
type ExitDialog struct{}

// ResponseToExitDialog answers ExitDialog.
type ResponseToExitDialog struct{ Feedback Feedback }

// Kind is KindInitDialog.
func (InitDialog) Kind() Kind     { return KindInitDialog }
func (InitDialog) encode(*writer) {}

// Kind is KindExitDialog.
func (ExitDialog) Kind() Kind     { return KindExitDialog }
func (ExitDialog) encode(*writer) {}

// Kind is KindResponseToInitDialog.
func (ResponseToInitDialog) Kind() Kind         { return KindResponseToInitDialog }
func (o ResponseToInitDialog) encode(w *writer) { encodeFeedback(w, o.Feedback) }

// Kind is KindResponseToExitDialog.
func (ResponseToExitDialog) Kind() Kind         { return KindResponseToExitDialog }
func (o ResponseToExitDialog) encode(w *writer) { encodeFeedback(w, o.Feedback) }

func decodeInitDialog(*fields) Order { return InitDialog{} }
func decodeExitDialog(*fields) Order { return ExitDialog{} }

func decodeResponseToInitDialog(f *fields) Order {
	return ResponseToInitDialog{Feedback: decodeFeedback(f)}
}

func decodeResponseToExitDialog(f *fields) Order {
	return ResponseToExitDialog{Feedback: decodeFeedback(f)}
}
