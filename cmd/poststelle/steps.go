package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// step is one part of a running office. Steps are started in order and stopped
// in the order reversed: the road walked backwards.
type step struct {
	name string
	// run blocks until its context ends; nil = there is only something to close.
	run func(context.Context) error
	// close comes after run has returned; may be nil.
	close func() error
	// bound is how long the stop may take.
	bound time.Duration
}

// startedStep is a step with what stops it.
type startedStep struct {
	step
	cancel context.CancelFunc
	ended  chan error
}

// steps are what runs.
type steps struct {
	started []*startedStep
	// broken gets the error of a step that ended unasked.
	broken chan error
}

// start runs a step beside the others.
func (s *steps) start(ctx context.Context, one step) {
	// The step outlives ctx: it is stopped in its turn, not by the first signal.
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	begun := &startedStep{step: one, cancel: cancel, ended: make(chan error, 1)}
	s.started = append(s.started, begun)
	if one.run == nil {
		begun.ended <- nil
		return
	}
	go func() {
		err := one.run(running)
		begun.ended <- err
		if running.Err() != nil {
			return
		}
		if err == nil {
			err = errors.New("ended unasked")
		}
		select {
		case s.broken <- fmt.Errorf("%s: %w", one.name, err):
		default: // the first one is told
		}
	}()
}

// wait blocks until ctx ends or a step breaks, then stops everything.
func (s *steps) wait(ctx context.Context) error {
	var err error
	select {
	case <-ctx.Done():
	case err = <-s.broken:
	}
	return errors.Join(err, s.stop())
}

// stop ends all steps, the last started first.
func (s *steps) stop() error {
	var all []error
	for _, one := range slices.Backward(s.started) {
		all = append(all, one.end())
	}
	s.started = nil
	return errors.Join(all...)
}

func (s *startedStep) end() error {
	s.cancel()
	timer := time.NewTimer(s.bound)
	defer timer.Stop()
	var err error
	select {
	case err = <-s.ended:
		if errors.Is(err, context.Canceled) {
			err = nil
		}
	case <-timer.C:
		err = fmt.Errorf("not stopped within %s", s.bound)
	}
	if s.close != nil {
		err = errors.Join(err, s.close())
	}
	if err != nil {
		return fmt.Errorf("stopping %s: %w", s.name, err)
	}
	return nil
}
