; The installer for Windows, by Inno Setup 6, after `make bundle` there: iscc /DVersion=0.1.0 packaging\windows\benchwright.iss
#ifndef Version
  #error Name the version: iscc /DVersion=0.1.0 benchwright.iss
#endif
#define Bundle "..\..\dist\benchwright"

[Setup]
AppId=org.benchwright.Benchwright
AppName=Benchwright
AppVersion={#Version}
AppPublisher=The Benchwright authors
DefaultDirName={autopf}\Benchwright
DefaultGroupName=Benchwright
DisableProgramGroupPage=yes
LicenseFile=..\..\LICENSE
OutputDir=..\..\dist
OutputBaseFilename=benchwright-{#Version}-windows-x86_64
UninstallDisplayIcon={app}\benchwright-window.exe
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog
Compression=lzma2/max
SolidCompression=yes
ChangesAssociations=yes
ChangesEnvironment=yes
; a bench that still runs holds instruments: it is for a person to end it
CloseApplications=no

[Tasks]
Name: path; Description: "Make the command benchwright known in terminals"

[Files]
Source: "{#Bundle}\*"; DestDir: "{app}"; Flags: recursesubdirs ignoreversion

[InstallDelete]
; what a former version brought and this one does not
Type: filesandordirs; Name: "{app}\_internal"

[Icons]
Name: "{group}\Benchwright"; Filename: "{app}\benchwright-window.exe"; AppUserModelID: "org.benchwright.Benchwright"

[Registry]
; Benchwright is offered under "Open with"; what opens these files by a double-click is left as it is.
; The window shows the script, it never runs it.
Root: HKA; Subkey: "Software\Classes\Benchwright.Script"; ValueType: string; ValueData: "Instrument script"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\Benchwright.Script\DefaultIcon"; ValueType: string; ValueData: "{app}\benchwright-window.exe,0"
Root: HKA; Subkey: "Software\Classes\Benchwright.Script\shell\open\command"; ValueType: string; ValueData: """{app}\benchwright-window.exe"" ""%1"""
Root: HKA; Subkey: "Software\Classes\.lua\OpenWithProgids"; ValueType: string; ValueName: "Benchwright.Script"; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.py\OpenWithProgids"; ValueType: string; ValueName: "Benchwright.Script"; Flags: uninsdeletevalue
Root: HKCU; Subkey: "Environment"; ValueType: expandsz; ValueName: "Path"; ValueData: "{olddata};{app}"; Tasks: path; Check: IsNotOnPath

[Run]
Filename: "{app}\benchwright-window.exe"; Description: "Open Benchwright"; Flags: nowait postinstall skipifsilent

[Code]
function IsNotOnPath(): Boolean;
var
  Path: string;
begin
  if not RegQueryStringValue(HKCU, 'Environment', 'Path', Path) then
    Path := '';
  Result := Pos(';' + Uppercase(ExpandConstant('{app}')) + ';', ';' + Uppercase(Path) + ';') = 0;
end;

procedure CurUninstallStepChanged(Step: TUninstallStep);
var
  Path, Ours: string;
begin
  if Step <> usUninstall then
    exit;
  Ours := ';' + ExpandConstant('{app}');
  if RegQueryStringValue(HKCU, 'Environment', 'Path', Path) and (Pos(Ours, Path) > 0) then
  begin
    StringChangeEx(Path, Ours, '', True);
    RegWriteExpandStringValue(HKCU, 'Environment', 'Path', Path);
  end;
end;
