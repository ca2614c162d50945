package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os/signal"
	"strings"
	"syscall"
	"time"
	"unicode"
	"unicode/utf8"
)

// app is what a command has of the outside, so that tests can hand in their own.
type app struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Now            func() time.Time
	Rand           io.Reader
	Getenv         func(string) string
	// Logger takes the office's log; nil = serve makes one by configuration, and
	// nothing else logs.
	Logger *slog.Logger
	// Lang is "de" or "en".
	Lang string

	base context.Context // of the process or the test
}

// logger is the log of the office, if anybody wants it.
func (a *app) logger() *slog.Logger {
	if a.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return a.Logger
}

// context ends when the process is asked to stop.
func (a *app) context() (context.Context, context.CancelFunc) {
	base := a.base
	if base == nil {
		base = context.Background()
	}
	return signal.NotifyContext(base, syscall.SIGINT, syscall.SIGTERM)
}

// usageError is a wrong command line: exit code 2.
type usageError struct{ text string }

// Error is what was wrong.
func (e *usageError) Error() string { return e.text }

func usage(format string, values ...any) error {
	return &usageError{fmt.Sprintf(format, values...)}
}

// hintError is an error with what to type next.
type hintError struct {
	err  error
	hint string
}

// Error is the error's own text.
func (e *hintError) Error() string { return e.err.Error() }

// Unwrap is the error without its hint.
func (e *hintError) Unwrap() error { return e.err }

func hinted(err error, hint string) error { return &hintError{err, hint} }

// exitCode is 0 fine, 1 failed, 2 wrong usage.
func exitCode(err error) int {
	var wrong *usageError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &wrong):
		return 2
	}
	return 1
}

// oneLine keeps an error on a line of its own, whatever it quotes.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' {
			return ';'
		}
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.TrimSpace(text))
}

// lowerFirst makes kong's messages look like ours.
func lowerFirst(text string) string {
	r, n := utf8.DecodeRuneInString(text)
	return string(unicode.ToLower(r)) + text[n:]
}
