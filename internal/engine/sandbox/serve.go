package sandbox

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// Argument is the one argument that makes a program of ours a worker. It is no part of what users may rely on.
const Argument = "evaluate-modules-of-parent"

// IsWorker reports whether the arguments, the program's name first, ask for a worker. A program that uses a Runner looks at
// that before anything else, and serves.
func IsWorker(args []string) bool {
	return len(args) == 2 && args[1] == Argument
}

var errEnds = errors.New("a module exceeded a limit and cannot be stopped otherwise")

// Serve is the whole life of a worker: it gives up all that it does not need, then answers what the runner asks, one after
// the other. It always returns an error, io.EOF when the runner has closed its side, and then the process must end: modules
// that were given up may still be running.
func Serve(in io.Reader, out io.Writer) error {
	from := bufio.NewReader(in)
	var limits Limits
	if err := readMessage(from, &limits); err != nil {
		return err
	}
	guard := newGuard(limits)
	if err := guard.confine(); err != nil {
		return fmt.Errorf("confine the worker: %w", err)
	}
	s := &server{guard: guard, programs: map[string]*evaluator{}}
	for {
		a, err := s.next(from)
		if err != nil {
			return err
		}
		if err := writeMessage(out, a); err != nil {
			return err
		}
		if a.Ends {
			return errEnds
		}
	}
}

// server is the state of a worker. What belongs to one program is never reached from another.
type server struct {
	guard    *guard
	programs map[string]*evaluator
	input    ast.Value
}

// next reads one request and answers it. An error is one of the pipe or of the protocol, none of a module.
func (s *server) next(from io.Reader) (answer, error) {
	var q request
	if err := readMessage(from, &q); err != nil {
		return answer{}, err
	}
	if q.Source != nil {
		return s.compile(q), nil
	}
	if q.Input {
		if err := s.readInput(from); err != nil {
			return answer{}, err
		}
	}
	program := s.programs[q.Program]
	if program == nil || s.input == nil {
		return answer{}, errors.New("asked about a program or an input that was not sent")
	}
	return s.guard.run(s.guard.limits.Time, func(stop topdown.Cancel) answer {
		return program.evaluate(context.Background(), q.Rule, s.input, stop)
	}), nil
}

func (s *server) readInput(from io.Reader) error {
	content, err := readFrame(from)
	if err != nil {
		return fmt.Errorf("read input: %w", err)
	}
	if s.input, err = ast.ValueFromReader(bytes.NewReader(content)); err != nil {
		return fmt.Errorf("decode input: %w", err)
	}
	return nil
}

func (s *server) compile(q request) answer {
	var ready *evaluator
	a := s.guard.run(s.guard.limits.CompileTime, func(topdown.Cancel) answer {
		var a answer
		ready, a = newEvaluator(*q.Source)
		return a
	})
	// After an answer that ends the worker, the variable still belongs to what was given up.
	if !a.Ends && ready != nil {
		s.programs[q.Program] = ready
	}
	return a
}
