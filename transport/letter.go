package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"
)

// letter handles one request to the OSCI listener.
func (s *Server) letter(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		s.page(w, r)
		return
	}
	select {
	case s.places <- struct{}{}:
		defer func() { <-s.places }()
	default:
		s.metrics.refused.WithLabelValues("busy").Inc()
		comeBack(w)
		return
	}
	s.metrics.running.Inc()
	defer s.metrics.running.Dec()
	defer s.catch(w, r)
	start := time.Now()
	size, status := s.exchange(w, r)
	s.metrics.exchanges.WithLabelValues(strconv.Itoa(status)).Inc()
	s.metrics.seconds.Observe(time.Since(start).Seconds())
	s.o.Logger.DebugContext(r.Context(), "exchange done",
		"remote", r.RemoteAddr, "size", size, "status", status, "dur", time.Since(start))
}

// catch turns a panic into 500: the connection dies, the server does not.
func (s *Server) catch(w http.ResponseWriter, r *http.Request) {
	cause := recover()
	if cause == nil {
		return
	}
	s.metrics.panics.Inc()
	s.o.Logger.ErrorContext(r.Context(), "exchange panicked",
		"remote", r.RemoteAddr, "err", fmt.Sprint(cause), "stack", string(debug.Stack()))
	w.Header().Set("Connection", "close")
	http.Error(w, "internal error", http.StatusInternalServerError)
}

// exchange spools the body, asks for the answer and sends it.
func (s *Server) exchange(w http.ResponseWriter, r *http.Request) (size int64, status int) {
	body, cut, err := s.receive(w, r)
	if err != nil {
		s.o.Logger.WarnContext(r.Context(), "body not spooled", "remote", r.RemoteAddr, "err", err)
		comeBack(w)
		return 0, http.StatusServiceUnavailable
	}
	size = body.Size()
	if cut != nil {
		s.metrics.refused.WithLabelValues(cutLabel(cut)).Inc()
		w.Header().Set("Connection", "close") // what is left of the body is not read
	}
	ctx, cancel := context.WithTimeout(r.Context(), s.o.ExchangeTimeout)
	defer cancel()
	answer, err := s.o.Exchange(ctx, body, cut)
	if err != nil {
		s.o.Logger.WarnContext(ctx, "exchange failed", "remote", r.RemoteAddr, "err", err)
		comeBack(w)
		return size, http.StatusServiceUnavailable
	}
	s.send(w, r, answer)
	return size, http.StatusOK
}

// send writes the answer. HTTP 200 always: clients look at no other answer
// (dossier §2).
func (s *Server) send(w http.ResponseWriter, r *http.Request, answer Answer) {
	defer func() {
		if err := answer.Close(); err != nil {
			s.o.Logger.WarnContext(r.Context(), "answer not closed", "err", err)
		}
	}()
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	w.Header().Set("Content-Length", strconv.FormatInt(answer.Size(), 10))
	w.WriteHeader(http.StatusOK)
	n, err := answer.WriteTo(&pacedWriter{w: w, control: http.NewResponseController(w), pause: s.o.BodyPause})
	s.metrics.sent.Add(float64(n))
	if err != nil {
		s.o.Logger.InfoContext(r.Context(), "answer not sent whole", "remote", r.RemoteAddr, "err", err)
	}
}

// receive reads the body into a scratch file. cut tells that the body itself
// is at fault; err that we are.
func (s *Server) receive(w http.ResponseWriter, r *http.Request) (body *File, cut, err error) {
	body, err = s.o.Spool.New()
	if err != nil {
		return nil, nil, err
	}
	if r.ContentLength > s.o.MaxBytes {
		return body, ErrTooLarge, nil
	}
	source := &pacedReader{
		r: r.Body, control: http.NewResponseController(w),
		pause: s.o.BodyPause, rate: s.o.MinRate, start: time.Now(),
	}
	n, err := io.Copy(body, io.LimitReader(source, s.o.MaxBytes+1))
	s.metrics.received.Add(float64(n))
	switch {
	case n > s.o.MaxBytes || errors.Is(err, ErrTooLarge):
		return body, ErrTooLarge, nil
	case source.err != nil:
		return body, fmt.Errorf("%w: %w", ErrCutOff, source.err), nil
	case err != nil:
		return nil, nil, errors.Join(err, body.Close())
	}
	return body, nil, nil
}

func cutLabel(cut error) string {
	if errors.Is(cut, ErrTooLarge) {
		return "too_large"
	}
	return "cut_off"
}

func comeBack(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "5")
	http.Error(w, "Der Dienst ist gerade nicht verfügbar. / Service is unavailable.", http.StatusServiceUnavailable)
}

// page answers people who open the address with a browser.
func (s *Server) page(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "POST, GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintln(w, "Poststelle: OSCI-Transport 1.2. Nachrichten bitte mit POST. / Send messages with POST.")
}
