package transport

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
)

// letter handles one request to the OSCI listener.
func (s *Server) letter(w http.ResponseWriter, r *http.Request) {
	start, out := time.Now(), newReply(w, s.o.BodyPause, s.o.MinRate)
	if s.turnedAway(out, r) {
		return
	}
	defer func() { <-s.guests }()
	s.metrics.running.Inc()
	defer s.metrics.running.Dec()
	defer s.catch(out, r)
	size := s.exchange(out, r)
	s.metrics.exchanges.WithLabelValues(strconv.Itoa(out.status)).Inc()
	s.metrics.seconds.Observe(time.Since(start).Seconds())
	s.o.Logger.InfoContext(r.Context(), "exchange done",
		"remote", r.RemoteAddr, "size", size, "status", out.status, "dur", time.Since(start))
}

// turnedAway answers what never becomes an exchange; where it does not, the
// request is counted among the guests.
func (s *Server) turnedAway(out *reply, r *http.Request) bool {
	if r.Method != http.MethodPost {
		page(out, r)
		return true
	}
	if coding := r.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		s.metrics.refused.WithLabelValues("coded").Inc()
		out.Header().Set("Connection", "close")
		http.Error(out, "no content coding is taken", http.StatusUnsupportedMediaType)
		return true
	}
	select {
	case s.guests <- struct{}{}:
		return false
	default:
		s.metrics.refused.WithLabelValues("busy").Inc()
		comeBack(out)
		return true
	}
}

// catch turns a panic into 500, or into a cut connection once the answer has
// begun: the connection dies, the server does not.
func (s *Server) catch(out *reply, r *http.Request) {
	cause := recover()
	if cause == nil {
		return
	}
	s.metrics.panics.Inc()
	s.metrics.exchanges.WithLabelValues("500").Inc()
	s.o.Logger.ErrorContext(r.Context(), "exchange panicked",
		"remote", r.RemoteAddr, "err", fmt.Sprint(cause), "stack", string(debug.Stack()))
	if out.status != 0 {
		panic(http.ErrAbortHandler)
	}
	clear(out.Header())
	out.Header().Set("Connection", "close")
	http.Error(out, "internal error", http.StatusInternalServerError)
}

// exchange spools the body, asks for the answer and sends it.
func (s *Server) exchange(out *reply, r *http.Request) (size int64) {
	body, cut, err := s.receive(out, r)
	if err != nil {
		s.trouble(out, r, "spool", err)
		return 0
	}
	defer func() { s.closing(r, "body", body.Close()) }()
	if cut != nil {
		s.metrics.refused.WithLabelValues(cutLabel(cut)).Inc()
		out.Header().Set("Connection", "close") // what is left of the body is not read
	}
	answer, err := s.ask(r.Context(), body, cut)
	if err != nil {
		s.trouble(out, r, "exchange", err)
		return body.Size()
	}
	s.send(out, r, answer)
	return body.Size()
}

var errBusy = errors.New("no turn came in time")

// ask waits for a turn and runs the exchange. A letter that is there whole is
// dealt with even if its sender has left or has closed its half of the
// connection (net/http cannot tell these apart); only the end of the server's
// patience cuts an exchange off.
func (s *Server) ask(ctx context.Context, body *File, cut error) (Answer, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.o.ExchangeTimeout)
	defer cancel()
	defer context.AfterFunc(s.patience, cancel)()
	wait := time.NewTimer(s.o.MaxWait)
	defer wait.Stop()
	select {
	case s.places <- struct{}{}:
		defer func() { <-s.places }()
		return s.o.Exchange(ctx, body, cut)
	case <-wait.C:
	case <-ctx.Done():
	}
	s.metrics.refused.WithLabelValues("busy").Inc()
	return nil, errBusy
}

// send writes the answer. HTTP 200 always: clients look at no other answer
// (dossier §2).
func (s *Server) send(out *reply, r *http.Request, answer Answer) {
	defer func() { s.closing(r, "answer", answer.Close()) }()
	out.Header().Set("Content-Type", "text/xml; charset=utf-8")
	out.Header().Set("Content-Length", strconv.FormatInt(answer.Size(), 10))
	out.WriteHeader(http.StatusOK)
	n, err := answer.WriteTo(out)
	s.metrics.sent.Add(float64(n))
	if err != nil {
		s.o.Logger.InfoContext(r.Context(), "answer not sent whole", "remote", r.RemoteAddr, "err", err)
	}
}

// trouble tells the client to come back and the operator why.
func (s *Server) trouble(out *reply, r *http.Request, step string, err error) {
	s.o.Logger.WarnContext(r.Context(), "client told to come back", "remote", r.RemoteAddr, "step", step, "err", err)
	comeBack(out)
}

func (s *Server) closing(r *http.Request, what string, err error) {
	if err != nil {
		s.o.Logger.WarnContext(r.Context(), "octets not discarded", "remote", r.RemoteAddr, "of", what, "err", err)
	}
}

func cutLabel(cut error) string {
	if errors.Is(cut, ErrTooLarge) {
		return "too_large"
	}
	return "cut_off"
}

func comeBack(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "5")
	w.Header().Set("Connection", "close")
	http.Error(w, "Der Dienst ist gerade nicht verfügbar. / Service is unavailable.", http.StatusServiceUnavailable)
}

// page answers people who open the address with a browser.
func page(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "POST, GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintln(w, "Poststelle: OSCI-Transport 1.2. Nachrichten bitte mit POST. / Send messages with POST.")
}
