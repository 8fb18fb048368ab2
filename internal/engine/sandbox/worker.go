package sandbox

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"time"
)

const (
	// maxKept bounds the source text that one worker has compiled, in bytes. Another program takes a new worker.
	maxKept = 1 << 20
	// maxComplaint bounds what is kept of a worker's standard error, in bytes. Go's runtime says the cause first.
	maxComplaint = 4 << 10
)

// worker is the runner's side of one process.
type worker struct {
	process *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	// complaint is what the process wrote to its standard error; it may be read after the process has ended.
	complaint *beginning
	// programs are those that it has compiled, by key, and kept is their length in bytes.
	programs map[string]bool
	kept     int
	// input is the one that it was sent last.
	input []byte
	// answers counts what it said. Before the first, a worker has seen nobody else's module.
	answers int
}

// startWorker runs the command with no environment and no open file but its three pipes.
func startWorker(command []string, limits Limits) (*worker, error) {
	w := &worker{process: exec.Command(command[0], command[1:]...), complaint: &beginning{}, programs: map[string]bool{}}
	w.process.Env, w.process.Dir, w.process.Stderr = []string{}, "/", w.complaint
	w.process.SysProcAttr = attributes()
	out, err := w.process.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start worker: %w", err)
	}
	w.out = bufio.NewReader(out)
	if w.in, err = w.process.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start worker: %w", err)
	}
	if err := w.process.Start(); err != nil {
		return nil, fmt.Errorf("start worker: %w", err)
	}
	if err := writeMessage(w.in, limits); err != nil {
		return nil, w.death(err)
	}
	return w, nil
}

// compile has the worker compile a program and keep it.
func (w *worker) compile(p *Program, limits Limits) (answer, error) {
	a, err := w.ask(request{Source: &p.source, Program: p.key}, nil, limits.CompileTime)
	if err == nil && a.Rules != nil && !w.programs[p.key] {
		w.programs[p.key] = true
		w.kept += p.source.bytes()
	}
	return a, err
}

// fits reports whether the worker has the program or may still compile it.
func (w *worker) fits(p *Program) bool {
	return w.programs[p.key] || w.kept+p.source.bytes() <= maxKept
}

// evaluate asks about one rule. Program and input are sent when the worker does not have them.
func (w *worker) evaluate(p *Program, rule string, input []byte, limits Limits) (answer, error) {
	if !w.programs[p.key] {
		if a, err := w.compile(p, limits); err != nil || a.Rules == nil {
			return a, err
		}
	}
	if bytes.Equal(input, w.input) {
		input = nil
	}
	return w.ask(request{Program: p.key, Rule: rule, Input: input != nil}, input, limits.Time)
}

// ask sends one request and waits for its answer. After an error the worker is dead. A worker that neither answers nor ends
// itself in ten times the limit and a second is killed.
func (w *worker) ask(q request, input []byte, limit time.Duration) (answer, error) {
	late := time.AfterFunc(10*limit+time.Second, func() { _ = w.process.Process.Kill() })
	a, err := w.exchange(q, input)
	if inTime := late.Stop(); err != nil {
		err = w.death(err)
		if !inTime {
			return answer{Limit: LimitTime, Ends: true}, nil
		}
		if w.complaint.ofMemory() {
			return answer{Limit: LimitMemory, Ends: true}, nil
		}
		return answer{}, err
	}
	w.answers++
	return a, nil
}

func (w *worker) exchange(q request, input []byte) (answer, error) {
	if err := writeMessage(w.in, q); err != nil {
		return answer{}, err
	}
	if input != nil {
		if err := writeFrame(w.in, input); err != nil {
			return answer{}, err
		}
		w.input = bytes.Clone(input)
	}
	var a answer
	return a, readMessage(w.out, &a)
}

// death ends the process and tells how it ended, beside what was noticed of it.
func (w *worker) death(cause error) error {
	w.stop()
	said, _, _ := strings.Cut(w.complaint.String(), "\n")
	return fmt.Errorf("worker ended (%s) %s: %w", w.process.ProcessState, shorten(said), cause)
}

// stop ends the process and waits until it is gone. That it was killed is no error.
func (w *worker) stop() {
	_ = w.in.Close()
	_ = w.process.Process.Kill()
	_ = w.process.Wait()
}

// beginning keeps the first bytes of what is written to it.
type beginning struct {
	bytes.Buffer
}

// Write takes everything and keeps what fits.
func (b *beginning) Write(p []byte) (int, error) {
	room := max(maxComplaint-b.Len(), 0)
	_, err := b.Buffer.Write(p[:min(room, len(p))])
	return len(p), err
}

// ofMemory reports whether Go's runtime, or that of its race detector, gave up because the kernel refused it memory.
func (b *beginning) ofMemory() bool {
	said := b.String()
	return slices.ContainsFunc([]string{"out of memory", "cannot allocate memory", "failed to allocate"}, func(words string) bool {
		return strings.Contains(said, words)
	})
}

var errClosed = errors.New("the runner of modules is closed")
