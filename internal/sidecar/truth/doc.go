// Package truth keeps a chatbot from saying that it is a human or a licensed professional, and recognizes people who ask what it is.
//
// What people and chatbots say stands in one file for each language (folder languages). A Set compiles all files once: forms are sequences
// of classes of words, which an automaton follows word by word, so that reading takes time in proportion to the text. A Window replaces
// false sentences of a text that arrives in pieces. Nothing here knows a wire format.
package truth
