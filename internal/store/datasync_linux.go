package store

import (
	"errors"
	"sync"
	"syscall"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// The file system that SQLite has on Unix, and the name under which it finds ours.
//
// Ours is the same but for how it syncs: by fdatasync, as SQLite does itself where
// it was built to, and the driver was not. fsync also waits for the time of the last
// write, which changes each time and which nobody reads: for that alone a file
// system commits its journal.
// https://www.sqlite.org/compile.html#have_fdatasync, https://www.sqlite.org/vfs.html#vfs_shims
const (
	unixName     = "unix"
	datasyncName = "whk-datasync"
)

// fileSystem is what the address of a database that is written to says of its file
// system.
func fileSystem() (query string, err error) { return "&vfs=" + datasyncName, registered() }

// datasync is what our file system calls of the one that it is made of.
var datasync struct {
	open opener
	sync syncer

	mu      sync.Mutex
	methods map[uintptr]uintptr // ours, by theirs; there are a few kinds of files
}

// SQLite's functions, as C has them. What they return is one of its result codes.
type (
	opener = func(tls *libc.TLS, vfs, name, file uintptr, flags int32, flagsOut uintptr) int32
	syncer = func(tls *libc.TLS, file uintptr, flags int32) int32
)

var registered = sync.OnceValue(func() error {
	tls := libc.NewTLS()
	defer tls.Close()
	theirName, err := libc.CString(unixName)
	if err != nil {
		return err
	}
	defer libc.Xfree(tls, theirName)
	theirs := sqlite3.Xsqlite3_vfs_find(tls, theirName)
	name, err := libc.CString(datasyncName) // for good, as what is registered
	if err != nil {
		return err
	}
	var ours uintptr
	if theirs == 0 || !duplicate[sqlite3.Tsqlite3_vfs](tls, theirs, &ours) {
		return errors.New("SQLite has no file system")
	}
	vfs := at[sqlite3.Tsqlite3_vfs](ours)
	datasync.open = *(*opener)(unsafe.Pointer(&vfs.FxOpen))
	datasync.methods = map[uintptr]uintptr{}
	vfs.FpNext, vfs.FzName, vfs.FxOpen = 0, name, function(opener(openDatasync))
	if code := sqlite3.Xsqlite3_vfs_register(tls, ours, 0); code != sqlite3.SQLITE_OK {
		return errors.New("SQLite takes no file system")
	}
	return nil
})

// openDatasync opens a file as theirs does, and has it synced by ours.
func openDatasync(tls *libc.TLS, vfs, name, file uintptr, flags int32, flagsOut uintptr) int32 {
	if code := datasync.open(tls, vfs, name, file, flags, flagsOut); code != sqlite3.SQLITE_OK {
		return code
	}
	f := at[sqlite3.TunixFile](file)
	datasync.mu.Lock()
	defer datasync.mu.Unlock()
	ours, ok := datasync.methods[f.FpMethod]
	if !ok && duplicate[sqlite3.Tsqlite3_io_methods](tls, f.FpMethod, &ours) {
		methods := at[sqlite3.Tsqlite3_io_methods](ours)
		datasync.sync = *(*syncer)(unsafe.Pointer(&methods.FxSync)) // the same of all kinds
		methods.FxSync = function(syncer(syncData))
		datasync.methods[f.FpMethod] = ours
	}
	if ours != 0 { // else theirs are as good, only slower
		f.FpMethod = ours
	}
	return sqlite3.SQLITE_OK
}

// syncData syncs a file. The first sync of a new one is theirs, which syncs its
// directory, too.
func syncData(tls *libc.TLS, file uintptr, flags int32) int32 {
	f := at[sqlite3.TunixFile](file)
	if f.FctrlFlags&sqlite3.UNIXFILE_DIRSYNC != 0 {
		return datasync.sync(tls, file, flags)
	}
	for {
		switch err := syscall.Fdatasync(int(f.Fh)); {
		case err == nil:
			return sqlite3.SQLITE_OK
		case !errors.Is(err, syscall.EINTR):
			number, _ := err.(syscall.Errno)
			f.FlastErrno = int32(number)
			return sqlite3.SQLITE_IOERR_FSYNC
		}
	}
}

// at is what lies at an address that C's code has given.
func at[T any](address uintptr) *T { return *(**T)(unsafe.Pointer(&address)) }

// function is f as C's code has pointers to functions: what a variable of Go that
// holds f has in it.
func function[F opener | syncer](f F) uintptr { return *(*uintptr)(unsafe.Pointer(&f)) }

// duplicate makes a copy of a T of C's, which stays for good.
func duplicate[T any](tls *libc.TLS, original uintptr, made *uintptr) bool {
	var t T
	if *made = libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(t))); *made == 0 {
		return false
	}
	*at[T](*made) = *at[T](original)
	return true
}
