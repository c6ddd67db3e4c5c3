package process

import (
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

// job holds a command and its descendants, which are in it from their beginning.
// It is 0 where there can be none; then only the command is known.
// https://learn.microsoft.com/windows/win32/procthread/job-objects
type job windows.Handle

// newJob puts a process that has just been started into a job, before it has come
// to start others. Whatever ends whk ends the job.
func newJob(p *os.Process) job {
	made, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return 0
	}
	limits := windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION{}
	limits.BasicLimitInformation.LimitFlags = windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
	_, err = windows.SetInformationJobObject(made, windows.JobObjectExtendedLimitInformation, uintptr(unsafe.Pointer(&limits)), uint32(unsafe.Sizeof(limits)))
	if err == nil {
		err = assign(made, p)
	}
	if err != nil {
		windows.CloseHandle(made)
		return 0
	}
	return job(made)
}

func assign(to windows.Handle, p *os.Process) error {
	process, err := windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE, false, uint32(p.Pid))
	if err != nil {
		return err
	}
	defer windows.CloseHandle(process)
	return windows.AssignProcessToJobObject(to, process)
}

// kill ends all of the job; that nobody is left is no error.
func (j job) kill() {
	if j != 0 {
		windows.TerminateJobObject(windows.Handle(j), 1)
	}
}

// accounting is JOBOBJECT_BASIC_ACCOUNTING_INFORMATION.
type accounting struct {
	UserTime, KernelTime, PeriodUserTime, PeriodKernelTime int64
	PageFaults, Processes, Active, Terminated              uint32
}

// alive reports whether anybody of the job is left.
func (j job) alive() bool {
	if j == 0 {
		return false
	}
	var a accounting
	err := windows.QueryInformationJobObject(windows.Handle(j), windows.JobObjectBasicAccountingInformation, uintptr(unsafe.Pointer(&a)), uint32(unsafe.Sizeof(a)), nil)
	return err == nil && a.Active > 0
}
