// Package keyring decides which keys sign the configurations of sidecars. The keys are in one Secret, which every
// replica reads.
//
// A pod learns the public keys when it is created, and can never learn others. So each configuration is signed by all keys of the ring. A new
// key is put into pods only when every replica can have read it (Lifetimes.Propagation). Until every configuration has been signed again
// (Lifetimes.Overlap), new pods get the old key too. The old key signs until no running sidecar trusts it. So a rotation
// costs no pod a restart, and no configuration a write of its own.
package keyring
