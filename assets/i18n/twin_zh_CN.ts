<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
  <context>
    <name>twin</name>
    <message>
      <source>&amp;Measure</source>
      <translation>测量(&amp;M)</translation>
    </message>
    <message>
      <source>City st&amp;yle</source>
      <translation>城市风格(&amp;Y)</translation>
    </message>
    <message>
      <source>S&amp;un</source>
      <translation>日照(&amp;U)</translation>
    </message>
    <message>
      <source>&amp;File</source>
      <translation>文件(&amp;F)</translation>
    </message>
    <message>
      <source>&amp;Edit</source>
      <translation>编辑(&amp;E)</translation>
    </message>
    <message>
      <source>&amp;View</source>
      <translation>视图(&amp;V)</translation>
    </message>
    <message>
      <source>&amp;Layer</source>
      <translation>图层(&amp;L)</translation>
    </message>
    <message>
      <source>&amp;Scenario</source>
      <translation>情景(&amp;S)</translation>
    </message>
    <message>
      <source>L&amp;ive</source>
      <translation>实时(&amp;I)</translation>
    </message>
    <message>
      <source>&amp;Tools</source>
      <translation>工具(&amp;T)</translation>
    </message>
    <message>
      <source>&amp;Help</source>
      <translation>帮助(&amp;H)</translation>
    </message>
    <message>
      <source>Side by si&amp;de</source>
      <translation>并排对比(&amp;D)</translation>
    </message>
    <message>
      <source>Grou&amp;nd</source>
      <translation>地面(&amp;N)</translation>
    </message>
    <message>
      <source>&amp;From the sides</source>
      <translation>从四周(&amp;F)</translation>
    </message>
    <message>
      <source>&amp;Close city</source>
      <translation>关闭城市(&amp;C)</translation>
    </message>
    <message>
      <source>Close what is open and go back to the start page</source>
      <translation>关闭当前内容，回到起始页</translation>
    </message>
    <message>
      <source>&amp;Open…</source>
      <translation>打开(&amp;O)…</translation>
    </message>
    <message>
      <source>Open city models, layers, a project, a scenario or a result</source>
      <translation>打开城市模型、图层、项目、情景或结果</translation>
    </message>
    <message>
      <source>Open &amp;folder…</source>
      <translation>打开文件夹(&amp;F)…</translation>
    </message>
    <message>
      <source>Open a folder of layers or a result</source>
      <translation>打开图层文件夹或结果文件夹</translation>
    </message>
    <message>
      <source>Open &amp;URL or database…</source>
      <translation>打开网址或数据库(&amp;U)…</translation>
    </message>
    <message>
      <source>Open a file, tileset, WFS, map tiles or PostGIS database by its address</source>
      <translation>按地址打开文件、瓦片集、WFS、地图瓦片或 PostGIS 数据库</translation>
    </message>
    <message>
      <source>&amp;Get a city…</source>
      <translation>获取城市(&amp;G)…</translation>
    </message>
    <message>
      <source>Fetch a city by name: OpenStreetMap, 3DBAG, Project PLATEAU, 3D Tiles</source>
      <translation>按名称获取城市：OpenStreetMap、3DBAG、PLATEAU、3D Tiles</translation>
    </message>
    <message>
      <source>&amp;Add to this city…</source>
      <translation>添加到此城市(&amp;A)…</translation>
    </message>
    <message>
      <source>More layers, networks or buildings beside those that are open; Undo takes them away</source>
      <translation>在已打开的数据之外再加图层、管网或建筑；可以撤销</translation>
    </message>
    <message>
      <source>&amp;Refresh from the servers</source>
      <translation>从服务器刷新(&amp;R)</translation>
    </message>
    <message>
      <source>Ask the servers of this city's sources for what is new; Undo takes it back</source>
      <translation>向本城市数据源的服务器查询更新；可撤销</translation>
    </message>
    <message>
      <source>&amp;Demonstration city</source>
      <translation>演示城市(&amp;D)</translation>
    </message>
    <message>
      <source>Open the city made up for trying things out</source>
      <translation>打开供试用的虚构城市</translation>
    </message>
    <message>
      <source>&amp;Save project</source>
      <translation>保存项目(&amp;S)</translation>
    </message>
    <message>
      <source>Save layers, view, scenarios and results</source>
      <translation>保存图层、视图、情景和结果</translation>
    </message>
    <message>
      <source>Save project &amp;as…</source>
      <translation>项目另存为(&amp;A)…</translation>
    </message>
    <message>
      <source>Save under another name</source>
      <translation>以另一名称保存</translation>
    </message>
    <message>
      <source>Save &amp;picture…</source>
      <translation>保存图片(&amp;P)…</translation>
    </message>
    <message>
      <source>Save the view as a picture, up to four times as sharp, with its credits</source>
      <translation>将视图保存为图片，清晰度最高四倍，并附数据来源</translation>
    </message>
    <message>
      <source>&amp;Copy picture</source>
      <translation>复制图片(&amp;C)</translation>
    </message>
    <message>
      <source>Put the view into the clipboard, with its credits</source>
      <translation>将视图放入剪贴板，并附数据来源</translation>
    </message>
    <message>
      <source>Make a fil&amp;m…</source>
      <translation>制作影片(&amp;M)…</translation>
    </message>
    <message>
      <source>Once around, along bookmarks, or a result in time-lapse, as MP4 or a folder of pictures</source>
      <translation>环绕一周、沿书签飞行或结果延时，存为 MP4 或图片文件夹</translation>
    </message>
    <message>
      <source>&amp;Export city…</source>
      <translation>导出城市(&amp;E)…</translation>
    </message>
    <message>
      <source>Write the city for other programs: CityJSON, GeoPackage, GeoParquet, glTF, 3D Tiles, OBJ</source>
      <translation>为其他程序写出城市：CityJSON、GeoPackage、GeoParquet、glTF、3D Tiles、OBJ</translation>
    </message>
    <message>
      <source>Export &amp;report…</source>
      <translation>导出报告(&amp;R)…</translation>
    </message>
    <message>
      <source>Write a report of the result shown</source>
      <translation>为当前结果撰写报告</translation>
    </message>
    <message>
      <source>Save reci&amp;pe…</source>
      <translation>保存配方(&amp;P)…</translation>
    </message>
    <message>
      <source>Write a city.toml that opens these sources as they are now, repairs included</source>
      <translation>写出 city.toml，按现在的样子（含修复）打开这些来源</translation>
    </message>
    <message>
      <source>&amp;Quit</source>
      <translation>退出(&amp;Q)</translation>
    </message>
    <message>
      <source>Close the window; unsaved work is kept</source>
      <translation>关闭窗口；未保存的工作会保留</translation>
    </message>
    <message>
      <source>&amp;Undo</source>
      <translation>撤销(&amp;U)</translation>
    </message>
    <message>
      <source>Take the last change back</source>
      <translation>撤回上一次更改</translation>
    </message>
    <message>
      <source>&amp;Redo</source>
      <translation>重做(&amp;R)</translation>
    </message>
    <message>
      <source>Do it again</source>
      <translation>再次执行</translation>
    </message>
    <message>
      <source>&amp;Find…</source>
      <translation>查找(&amp;F)…</translation>
    </message>
    <message>
      <source>Find a thing, a layer or coordinates and fly there</source>
      <translation>查找对象、图层或坐标并飞往该处</translation>
    </message>
    <message>
      <source>&amp;Commands…</source>
      <translation>命令(&amp;C)…</translation>
    </message>
    <message>
      <source>Every command by its name</source>
      <translation>按名称查找所有命令</translation>
    </message>
    <message>
      <source>Select by &amp;rectangle</source>
      <translation>矩形选择(&amp;R)</translation>
    </message>
    <message>
      <source>Drag over what you want; Ctrl + drag does so at any time</source>
      <translation>拖动框选；随时可按住 Ctrl 拖动</translation>
    </message>
    <message>
      <source>Select by &amp;lasso</source>
      <translation>套索选择(&amp;L)</translation>
    </message>
    <message>
      <source>Draw around what you want</source>
      <translation>圈出所要的对象</translation>
    </message>
    <message>
      <source>Select only what is s&amp;een</source>
      <translation>只选可见的(&amp;E)</translation>
    </message>
    <message>
      <source>Rectangle and lasso leave out buildings that others hide</source>
      <translation>矩形和套索不选被其他建筑遮挡的建筑</translation>
    </message>
    <message>
      <source>Select by &amp;attribute…</source>
      <translation>按属性选择(&amp;A)…</translation>
    </message>
    <message>
      <source>Select what meets a condition: higher than 30 m, built before 1950, a school</source>
      <translation>选择符合条件的对象：高于 30 m、1950 年前建成、学校</translation>
    </message>
    <message>
      <source>Select a&amp;ll</source>
      <translation>全选(&amp;L)</translation>
    </message>
    <message>
      <source>Everything in the layer chosen</source>
      <translation>所选图层的全部对象</translation>
    </message>
    <message>
      <source>In&amp;vert selection</source>
      <translation>反选(&amp;V)</translation>
    </message>
    <message>
      <source>All the others</source>
      <translation>其余全部</translation>
    </message>
    <message>
      <source>Select &amp;nothing</source>
      <translation>取消选择(&amp;N)</translation>
    </message>
    <message>
      <source>Clear the selection, end drawing, close a notice</source>
      <translation>清除选择，结束绘制，关闭提示</translation>
    </message>
    <message>
      <source>Show &amp;only the selection</source>
      <translation>只显示所选(&amp;O)</translation>
    </message>
    <message>
      <source>Hide all other buildings, or show them again</source>
      <translation>隐藏其他所有建筑，或重新显示</translation>
    </message>
    <message>
      <source>&amp;Keep selection…</source>
      <translation>保留选择(&amp;K)…</translation>
    </message>
    <message>
      <source>Under a name, in the project</source>
      <translation>命名后保留在项目中</translation>
    </message>
    <message>
      <source>&amp;Save selection…</source>
      <translation>保存选择(&amp;S)…</translation>
    </message>
    <message>
      <source>Write the rows selected as GeoPackage, GeoJSON or CSV</source>
      <translation>将所选行写为 GeoPackage、GeoJSON 或 CSV</translation>
    </message>
    <message>
      <source>&amp;Preferences…</source>
      <translation>首选项(&amp;P)…</translation>
    </message>
    <message>
      <source>Language, theme, text size, motion</source>
      <translation>语言、主题、字号、动画</translation>
    </message>
    <message>
      <source>&amp;Overview</source>
      <translation>总览(&amp;O)</translation>
    </message>
    <message>
      <source>The whole city from the south-west</source>
      <translation>从西南方向看整座城市</translation>
    </message>
    <message>
      <source>From &amp;above</source>
      <translation>俯视(&amp;A)</translation>
    </message>
    <message>
      <source>Straight down, north up</source>
      <translation>垂直向下，北在上</translation>
    </message>
    <message>
      <source>Looking &amp;north</source>
      <translation>向北看(&amp;N)</translation>
    </message>
    <message>
      <source>From the south, looking north</source>
      <translation>从南向北看</translation>
    </message>
    <message>
      <source>Looking &amp;east</source>
      <translation>向东看(&amp;E)</translation>
    </message>
    <message>
      <source>From the west, looking east</source>
      <translation>从西向东看</translation>
    </message>
    <message>
      <source>Looking &amp;south</source>
      <translation>向南看(&amp;S)</translation>
    </message>
    <message>
      <source>From the north, looking south</source>
      <translation>从北向南看</translation>
    </message>
    <message>
      <source>Looking &amp;west</source>
      <translation>向西看(&amp;W)</translation>
    </message>
    <message>
      <source>From the east, looking west</source>
      <translation>从东向西看</translation>
    </message>
    <message>
      <source>At s&amp;treet level</source>
      <translation>街道视角(&amp;T)</translation>
    </message>
    <message>
      <source>Down where people walk</source>
      <translation>行人所在的高度</translation>
    </message>
    <message>
      <source>Wal&amp;k</source>
      <translation>步行(&amp;K)</translation>
    </message>
    <message>
      <source>Go on foot from the middle of the picture; Esc leaves</source>
      <translation>从画面中央开始步行；Esc 退出</translation>
    </message>
    <message>
      <source>View &amp;before</source>
      <translation>上一视图(&amp;B)</translation>
    </message>
    <message>
      <source>Back to the view before this one</source>
      <translation>回到上一个视图</translation>
    </message>
    <message>
      <source>&amp;One view</source>
      <translation>单视图(&amp;O)</translation>
    </message>
    <message>
      <source>The whole view for one picture</source>
      <translation>整个视图显示一幅画面</translation>
    </message>
    <message>
      <source>T&amp;wo views</source>
      <translation>双视图(&amp;W)</translation>
    </message>
    <message>
      <source>Two views beside each other: baseline and scenario, two results, two moments</source>
      <translation>两个视图并列：基准与情景、两个结果、两个时刻</translation>
    </message>
    <message>
      <source>&amp;Four views</source>
      <translation>四视图(&amp;F)</translation>
    </message>
    <message>
      <source>Four views: results, moments or sides of the city at once</source>
      <translation>四个视图：同时看多个结果、时刻或城市的不同侧面</translation>
    </message>
    <message>
      <source>Lin&amp;k cameras</source>
      <translation>联动相机(&amp;K)</translation>
    </message>
    <message>
      <source>All views look from the same place; switched off, each is moved by itself</source>
      <translation>所有视图从同一位置观看；关闭后各自移动</translation>
    </message>
    <message>
      <source>Ne&amp;xt view</source>
      <translation>下一个视图(&amp;X)</translation>
    </message>
    <message>
      <source>Let the keys move the next of several views</source>
      <translation>让按键控制下一个视图</translation>
    </message>
    <message>
      <source>Swi&amp;pe between two</source>
      <translation>卷帘对比(&amp;P)</translation>
    </message>
    <message>
      <source>One view in two halves: drag the divider between two results</source>
      <translation>一个视图分成两半：拖动两个结果之间的分隔线</translation>
    </message>
    <message>
      <source>Divider to the left</source>
      <translation>分隔线左移</translation>
    </message>
    <message>
      <source>Show more of the right side</source>
      <translation>多显示右侧</translation>
    </message>
    <message>
      <source>Divider to the right</source>
      <translation>分隔线右移</translation>
    </message>
    <message>
      <source>Show more of the left side</source>
      <translation>多显示左侧</translation>
    </message>
    <message>
      <source>View a&amp;fter</source>
      <translation>后一视图(&amp;F)</translation>
    </message>
    <message>
      <source>Forward again after going back</source>
      <translation>后退之后再前进</translation>
    </message>
    <message>
      <source>Add &amp;bookmark</source>
      <translation>添加书签(&amp;B)</translation>
    </message>
    <message>
      <source>Keep this view under a name</source>
      <translation>为此视图命名并保留</translation>
    </message>
    <message>
      <source>Bookmark panel</source>
      <translation>书签面板</translation>
    </message>
    <message>
      <source>Views kept by name, with pictures</source>
      <translation>按名称保留的视图，带缩略图</translation>
    </message>
    <message>
      <source>&amp;Names under the cursor</source>
      <translation>光标处名称(&amp;N)</translation>
    </message>
    <message>
      <source>Tell what a thing is when the cursor rests on it</source>
      <translation>光标停留时显示对象名称</translation>
    </message>
    <message>
      <source>&amp;Sun and shadows</source>
      <translation>太阳与阴影(&amp;S)</translation>
    </message>
    <message>
      <source>Sun, sky and shadows of any day and hour, and the lights of the night</source>
      <translation>任意日期和时刻的太阳、天空和阴影，以及夜间灯光</translation>
    </message>
    <message>
      <source>Sun as it stands no&amp;w</source>
      <translation>当前太阳位置(&amp;W)</translation>
    </message>
    <message>
      <source>The sun over this city at this moment</source>
      <translation>此刻本城上空的太阳</translation>
    </message>
    <message>
      <source>Let the &amp;day pass</source>
      <translation>播放一天(&amp;D)</translation>
    </message>
    <message>
      <source>A day in eighteen seconds; again: stop</source>
      <translation>十八秒播放一天；再按一次停止</translation>
    </message>
    <message>
      <source>&amp;By the theme</source>
      <translation>随主题(&amp;B)</translation>
    </message>
    <message>
      <source>Realistic in the light theme, operations room in the dark ones</source>
      <translation>浅色主题用写实，深色主题用指挥中心</translation>
    </message>
    <message>
      <source>&amp;Clay model</source>
      <translation>素模(&amp;C)</translation>
    </message>
    <message>
      <source>White-grey, all colour is the data's</source>
      <translation>灰白底色，颜色全部留给数据</translation>
    </message>
    <message>
      <source>&amp;Realistic</source>
      <translation>写实(&amp;R)</translation>
    </message>
    <message>
      <source>Walls, roofs and windows by use, height and age; light of the hour</source>
      <translation>墙面、屋顶和窗户随用途、高度和年代变化；按时刻照明</translation>
    </message>
    <message>
      <source>&amp;Operations room</source>
      <translation>指挥中心(&amp;O)</translation>
    </message>
    <message>
      <source>Dark, for a wall of screens; the data glows</source>
      <translation>深色，适合大屏；数据发光显示</translation>
    </message>
    <message>
      <source>&amp;Legend in the view</source>
      <translation>视图中的图例(&amp;L)</translation>
    </message>
    <message>
      <source>Show or hide the legend</source>
      <translation>显示或隐藏图例</translation>
    </message>
    <message>
      <source>&amp;Underground</source>
      <translation>地下(&amp;U)</translation>
    </message>
    <message>
      <source>Fade the ground, so that pipes, metro and cellars show; the eye may go below it</source>
      <translation>淡化地面，显示管道、地铁和地下室；视点可进入地下</translation>
    </message>
    <message>
      <source>&amp;Cut open…</source>
      <translation>剖切(&amp;C)…</translation>
    </message>
    <message>
      <source>Take away what stands before a line, as in a section; again: everything is back</source>
      <translation>移去线前方的对象，如同剖面；再按一次全部恢复</translation>
    </message>
    <message>
      <source>Cut away the &amp;other side</source>
      <translation>剖去另一侧(&amp;O)</translation>
    </message>
    <message>
      <source>What was taken away comes back</source>
      <translation>已移去的部分恢复显示</translation>
    </message>
    <message>
      <source>Cut 10 m fu&amp;rther</source>
      <translation>剖切面前移 10 m(&amp;R)</translation>
    </message>
    <message>
      <source>Move the cut away from you</source>
      <translation>剖切面远离视点</translation>
    </message>
    <message>
      <source>Cut 10 m &amp;nearer</source>
      <translation>剖切面后移 10 m(&amp;N)</translation>
    </message>
    <message>
      <source>Move the cut towards you</source>
      <translation>剖切面靠近视点</translation>
    </message>
    <message>
      <source>&amp;Motion in the view</source>
      <translation>视图动态效果(&amp;M)</translation>
    </message>
    <message>
      <source>Waves, traffic and smoke move by themselves; switched off, the view draws only when something changes</source>
      <translation>波浪、交通和烟雾自行运动；关闭后仅在有变化时重绘视图</translation>
    </message>
    <message>
      <source>F&amp;ull screen</source>
      <translation>全屏(&amp;U)</translation>
    </message>
    <message>
      <source>Use the whole screen</source>
      <translation>使用整个屏幕</translation>
    </message>
    <message>
      <source>&amp;Reset layout</source>
      <translation>重置布局(&amp;R)</translation>
    </message>
    <message>
      <source>Panels back to where they were at first</source>
      <translation>面板恢复到初始位置</translation>
    </message>
    <message>
      <source>&amp;Zoom to layer</source>
      <translation>缩放到图层(&amp;Z)</translation>
    </message>
    <message>
      <source>Fly to all of the layer chosen</source>
      <translation>飞往所选图层全部范围</translation>
    </message>
    <message>
      <source>&amp;Attribute table</source>
      <translation>属性表(&amp;A)</translation>
    </message>
    <message>
      <source>Table of the layer chosen</source>
      <translation>所选图层的属性表</translation>
    </message>
    <message>
      <source>Show or &amp;hide layer</source>
      <translation>显示或隐藏图层(&amp;H)</translation>
    </message>
    <message>
      <source>Show or hide the layer chosen</source>
      <translation>显示或隐藏所选图层</translation>
    </message>
    <message>
      <source>Zoom to &amp;selection</source>
      <translation>缩放到所选(&amp;S)</translation>
    </message>
    <message>
      <source>Fly to what is selected</source>
      <translation>飞往所选对象</translation>
    </message>
    <message>
      <source>&amp;Cloudburst</source>
      <translation>暴雨(&amp;C)</translation>
    </message>
    <message>
      <source>Let it rain on this city now, with the defaults</source>
      <translation>用默认参数立即让这座城市下一场暴雨</translation>
    </message>
    <message>
      <source>&amp;Run</source>
      <translation>运行(&amp;R)</translation>
    </message>
    <message>
      <source>Run the scenario chosen</source>
      <translation>运行所选情景</translation>
    </message>
    <message>
      <source>Ca&amp;ncel run</source>
      <translation>取消运行(&amp;N)</translation>
    </message>
    <message>
      <source>Stop the run; what has been shown stays</source>
      <translation>停止运行；已显示的内容保留</translation>
    </message>
    <message>
      <source>Pre&amp;view</source>
      <translation>预览(&amp;V)</translation>
    </message>
    <message>
      <source>A first answer on coarse cells, in seconds</source>
      <translation>在粗网格上几秒内给出初步结果</translation>
    </message>
    <message>
      <source>Preview &amp;each change</source>
      <translation>每次更改后预览(&amp;E)</translation>
    </message>
    <message>
      <source>After each change a first answer on coarse cells, refined while you look</source>
      <translation>每次更改后先在粗网格上给出初步结果，随后在查看时细化</translation>
    </message>
    <message>
      <source>Compute only &amp;what is in view</source>
      <translation>只计算视图中的区域(&amp;W)</translation>
    </message>
    <message>
      <source>Fine cells for one quarter; chosen again, the whole city</source>
      <translation>对一个街区用细网格；再次选择则计算整个城市</translation>
    </message>
    <message>
      <source>Run &amp;many times…</source>
      <translation>多次运行(&amp;M)…</translation>
    </message>
    <message>
      <source>How sure the answer is, how often water comes, and what that costs a year</source>
      <translation>结果有多可靠、积水多久出现一次、每年损失多少</translation>
    </message>
    <message>
      <source>&amp;Play or pause</source>
      <translation>播放或暂停(&amp;P)</translation>
    </message>
    <message>
      <source>Play the result over time</source>
      <translation>按时间播放结果</translation>
    </message>
    <message>
      <source>&amp;Branch</source>
      <translation>分支(&amp;B)</translation>
    </message>
    <message>
      <source>A new scenario that starts as this one is</source>
      <translation>以当前情景为起点新建情景</translation>
    </message>
    <message>
      <source>&amp;Open scenario…</source>
      <translation>打开情景(&amp;O)…</translation>
    </message>
    <message>
      <source>Read a scenario file</source>
      <translation>读取情景文件</translation>
    </message>
    <message>
      <source>&amp;Save scenario…</source>
      <translation>保存情景(&amp;S)…</translation>
    </message>
    <message>
      <source>Write the scenario chosen to a file</source>
      <translation>将所选情景写入文件</translation>
    </message>
    <message>
      <source>Draw a flood b&amp;arrier</source>
      <translation>绘制防洪墙(&amp;A)</translation>
    </message>
    <message>
      <source>Click along its line, double click to end; then run again</source>
      <translation>沿线点击，双击结束；然后再次运行</translation>
    </message>
    <message>
      <source>Place a &amp;pump</source>
      <translation>放置水泵(&amp;P)</translation>
    </message>
    <message>
      <source>Click where it stands; then run again</source>
      <translation>点击其位置；然后再次运行</translation>
    </message>
    <message>
      <source>Co&amp;mpare</source>
      <translation>比较(&amp;M)</translation>
    </message>
    <message>
      <source>This result against its baseline</source>
      <translation>此结果与基准对比</translation>
    </message>
    <message>
      <source>&amp;Difference layer</source>
      <translation>差值图层(&amp;D)</translation>
    </message>
    <message>
      <source>Where the water stands deeper or shallower than before</source>
      <translation>何处积水比之前更深或更浅</translation>
    </message>
    <message>
      <source>&amp;What happened</source>
      <translation>事件经过(&amp;W)</translation>
    </message>
    <message>
      <source>What failed when, and what it follows from</source>
      <translation>什么在何时失效，由何引起</translation>
    </message>
    <message>
      <source>&amp;Let it fail</source>
      <translation>使其失效(&amp;L)</translation>
    </message>
    <message>
      <source>What is selected fails in this scenario, or in a new one</source>
      <translation>所选对象在本情景中失效；没有故障情景时新建一个</translation>
    </message>
    <message>
      <source>Wea&amp;k points</source>
      <translation>薄弱环节(&amp;K)</translation>
    </message>
    <message>
      <source>Which object hurts most when it fails</source>
      <translation>哪个设施失效影响最大</translation>
    </message>
    <message>
      <source>Order of re&amp;pairs</source>
      <translation>抢修顺序(&amp;P)</translation>
    </message>
    <message>
      <source>In which order crews should mend what this run has broken</source>
      <translation>抢修队伍应按什么顺序修复本次运行中的损坏</translation>
    </message>
    <message>
      <source>Best places for &amp;stations...</source>
      <translation>最佳站点选址(&amp;S)...</translation>
    </message>
    <message>
      <source>Where more ambulances or fire engines should stand, on dry roads or on those of this run at their worst</source>
      <translation>在畅通道路上或本次运行中最差的道路状况下，应在何处增设救护车或消防车</translation>
    </message>
    <message>
      <source>&amp;Dependencies from CSV</source>
      <translation>从 CSV 导入依赖关系(&amp;D)</translation>
    </message>
    <message>
      <source>Who leans on whom: a table into this scenario</source>
      <translation>将依赖关系表导入此情景</translation>
    </message>
    <message>
      <source>Dependencies &amp;to CSV</source>
      <translation>依赖关系导出为 CSV(&amp;T)</translation>
    </message>
    <message>
      <source>Who leans on whom, as a table to edit</source>
      <translation>将依赖关系导出为可编辑的表</translation>
    </message>
    <message>
      <source>Start &amp;demo feed</source>
      <translation>启动演示数据流(&amp;D)</translation>
    </message>
    <message>
      <source>Simulated sensors of this city; nothing is measured</source>
      <translation>本城的模拟传感器；并非实测</translation>
    </message>
    <message>
      <source>&amp;Replay recording…</source>
      <translation>回放记录(&amp;R)…</translation>
    </message>
    <message>
      <source>Play recorded readings</source>
      <translation>回放已记录的读数</translation>
    </message>
    <message>
      <source>&amp;Connect to a broker…</source>
      <translation>连接消息服务器(&amp;C)…</translation>
    </message>
    <message>
      <source>Listen to an MQTT broker</source>
      <translation>监听 MQTT 服务器</translation>
    </message>
    <message>
      <source>&amp;Stop feed</source>
      <translation>停止数据流(&amp;S)</translation>
    </message>
    <message>
      <source>What was heard stays and grows old</source>
      <translation>已收到的数据保留并逐渐过时</translation>
    </message>
    <message>
      <source>Sensors &amp;panel</source>
      <translation>传感器面板(&amp;P)</translation>
    </message>
    <message>
      <source>Table of sensors, alerts, health of the feed</source>
      <translation>传感器表、警报、数据流状况</translation>
    </message>
    <message>
      <source>&amp;Distance</source>
      <translation>距离(&amp;D)</translation>
    </message>
    <message>
      <source>Distances in plan, in space and along the ground, from point to point of the surface</source>
      <translation>表面各点之间的水平、空间和沿地面距离</translation>
    </message>
    <message>
      <source>&amp;Height</source>
      <translation>高度(&amp;H)</translation>
    </message>
    <message>
      <source>Height between two points of the surface, a roof and the ground for instance</source>
      <translation>表面两点间的高差，例如屋顶与地面</translation>
    </message>
    <message>
      <source>&amp;Area</source>
      <translation>面积(&amp;A)</translation>
    </message>
    <message>
      <source>Area in plan, on the ground and between corners</source>
      <translation>水平投影面积、地表面积和角点间面积</translation>
    </message>
    <message>
      <source>&amp;Slope</source>
      <translation>坡度(&amp;S)</translation>
    </message>
    <message>
      <source>Slope along a line in percent and degrees, and its steepest part</source>
      <translation>沿线坡度（百分比和度）及最陡处</translation>
    </message>
    <message>
      <source>&amp;Volume</source>
      <translation>体积(&amp;V)</translation>
    </message>
    <message>
      <source>Cut and fill of the ground in an area, and the volume of the buildings in it</source>
      <translation>区域内地面的挖方和填方，以及其中建筑的体积</translation>
    </message>
    <message>
      <source>&amp;List of measurements</source>
      <translation>测量列表(&amp;L)</translation>
    </message>
    <message>
      <source>What was measured, to copy, export and remove</source>
      <translation>已测量的内容，可复制、导出和移除</translation>
    </message>
    <message>
      <source>&amp;Clear measurements</source>
      <translation>清空测量(&amp;C)</translation>
    </message>
    <message>
      <source>Remove all measurements; Undo brings them back</source>
      <translation>移除全部测量；可以撤销</translation>
    </message>
    <message>
      <source>Line of s&amp;ight</source>
      <translation>通视分析(&amp;I)</translation>
    </message>
    <message>
      <source>Whether one point sees another, and what stands in the way</source>
      <translation>两点之间是否通视，以及被什么遮挡</translation>
    </message>
    <message>
      <source>Vie&amp;wshed</source>
      <translation>视域分析(&amp;W)</translation>
    </message>
    <message>
      <source>Which ground, roofs and buildings are seen from a point</source>
      <translation>从一点可见哪些地面、屋顶和建筑</translation>
    </message>
    <message>
      <source>Hours of s&amp;un</source>
      <translation>日照时数(&amp;U)</translation>
    </message>
    <message>
      <source>Hours of direct sun on a date: on the ground, on walls and on roofs</source>
      <translation>某日地面、墙面和屋顶的直射日照时数</translation>
    </message>
    <message>
      <source>S&amp;ection</source>
      <translation>剖面(&amp;E)</translation>
    </message>
    <message>
      <source>Profile along a line: ground, buildings, water and what lies below; with a flood, what flows through it</source>
      <translation>沿线剖面：地面、建筑、水面及地下设施；有洪水结果时还显示穿过该线的流量</translation>
    </message>
    <message>
      <source>Water over &amp;time here</source>
      <translation>此处水情过程(&amp;T)</translation>
    </message>
    <message>
      <source>Click places: how deep the water of the flood is there over time</source>
      <translation>点击地点：查看洪水在该处随时间变化的水深</translation>
    </message>
    <message>
      <source>&amp;Smoke for illustration…</source>
      <translation>示意烟雾(&amp;S)…</translation>
    </message>
    <message>
      <source>Draw a fire with its smoke into the view; nothing is computed, and every picture says so</source>
      <translation>在视图中绘制火点和烟雾；不作计算，每张图片都会注明</translation>
    </message>
    <message>
      <source>Make plausible &amp;networks</source>
      <translation>生成推测管网(&amp;N)</translation>
    </message>
    <message>
      <source>Make up the power, the water and the masts that this city lacks, from its streets and buildings; nothing of it is surveyed</source>
      <translation>根据街道和建筑推测本城市缺少的电网、供水管网和通信基站；均非实测</translation>
    </message>
    <message>
      <source>&amp;Import report</source>
      <translation>导入报告(&amp;I)</translation>
    </message>
    <message>
      <source>What was found wrong in the sources and what was done about it</source>
      <translation>数据源中发现的问题及其处理</translation>
    </message>
    <message>
      <source>Check &amp;thoroughly</source>
      <translation>全面检查(&amp;T)</translation>
    </message>
    <message>
      <source>Make all checks, also those of every face and edge</source>
      <translation>进行全部检查，包括每个面和每条边</translation>
    </message>
    <message>
      <source>&amp;Repair all safe ones</source>
      <translation>进行全部稳妥的修复(&amp;R)</translation>
    </message>
    <message>
      <source>Make the repairs that change nothing that could be right; Undo takes them back</source>
      <translation>只做不会改动正确内容的修复；可以撤销</translation>
    </message>
    <message>
      <source>E&amp;xport import report…</source>
      <translation>导出导入报告(&amp;X)…</translation>
    </message>
    <message>
      <source>As a web page or as JSON</source>
      <translation>网页或 JSON</translation>
    </message>
    <message>
      <source>&amp;Reference system</source>
      <translation>参考系(&amp;R)</translation>
    </message>
    <message>
      <source>Coordinates, heights and time zone of this city</source>
      <translation>本城的坐标、高程和时区</translation>
    </message>
    <message>
      <source>&amp;Log</source>
      <translation>日志(&amp;L)</translation>
    </message>
    <message>
      <source>Everything the program said</source>
      <translation>程序的全部消息</translation>
    </message>
    <message>
      <source>&amp;First steps</source>
      <translation>入门(&amp;F)</translation>
    </message>
    <message>
      <source>How to move, pick, run and compare</source>
      <translation>如何移动、选取、运行和比较</translation>
    </message>
    <message>
      <source>&amp;Sources and licences</source>
      <translation>数据来源与许可(&amp;S)</translation>
    </message>
    <message>
      <source>Where the data of this city comes from</source>
      <translation>本城数据的来源</translation>
    </message>
    <message>
      <source>&amp;About</source>
      <translation>关于(&amp;A)</translation>
    </message>
    <message>
      <source>Version and licence</source>
      <translation>版本与许可</translation>
    </message>
    <message>
      <source>add {name}</source>
      <translation>添加 {name}</translation>
    </message>
    <message>
      <source>Add to this city</source>
      <translation>添加到此城市</translation>
    </message>
    <message>
      <source>Add to {name}</source>
      <translation>添加到 {name}</translation>
    </message>
    <message>
      <source>Open instead of {name}</source>
      <translation>打开并替换 {name}</translation>
    </message>
    <message>
      <source>Cancel</source>
      <translation>取消</translation>
    </message>
    <message>
      <source>Adding {name}</source>
      <translation>正在添加 {name}</translation>
    </message>
    <message>
      <source>Add to {name} (it comes from no files)</source>
      <translation>添加到 {name}（它不是从文件打开的）</translation>
    </message>
    <message>
      <source>{name} comes from no files, so that nothing can be added to it.</source>
      <translation>{name} 不是从文件打开的，无法向其添加内容。</translation>
    </message>
    <message>
      <source>Show</source>
      <translation>显示</translation>
    </message>
    <message>
      <source>{name} was read; nothing new is seen of it. The import report says why.</source>
      <translation>{name} 已读取，但没有新的内容可显示；原因见导入报告。</translation>
    </message>
    <message>
      <source>{name} was not added: {why}</source>
      <translation>{name} 未添加：{why}</translation>
    </message>
    <message>
      <source>{n:,} buildings</source>
      <translation>{n:,} 栋建筑</translation>
    </message>
    <message>
      <source>Added from {name}: {what}.</source>
      <translation>已从 {name} 添加：{what}。</translation>
    </message>
    <message>
      <source>{name}: {why}</source>
      <translation>{name}：{why}</translation>
    </message>
    <message>
      <source>{name} was there already.</source>
      <translation>{name} 已在其中。</translation>
    </message>
    <message>
      <source>{n} more</source>
      <translation>另外 {n} 项</translation>
    </message>
    <message>
      <source>There is nothing to compare yet: run a scenario, then swipe between it and the city before.</source>
      <translation>尚无可比较的内容：请先运行一个情景，再与之前的城市卷帘对比。</translation>
    </message>
    <message>
      <source>Open dependencies</source>
      <translation>打开依赖关系表</translation>
    </message>
    <message>
      <source>{n:,} dependencies are in the scenario now, in the place of the {m:,} of the city; whatever they do not name leans on nothing.</source>
      <translation>情景现有 {n:,} 条依赖关系，取代城市原有的 {m:,} 条；未列出的对象不依赖任何设施。</translation>
    </message>
    <message>
      <source>Dependencies</source>
      <translation>依赖关系</translation>
    </message>
    <message>
      <source>Save dependencies</source>
      <translation>保存依赖关系表</translation>
    </message>
    <message>
      <source>Open a city first, then its dependencies.</source>
      <translation>请先打开城市，再打开其依赖关系表。</translation>
    </message>
    <message>
      <source>{n:,} remarks on its rows are in the log.</source>
      <translation>关于各行的 {n:,} 条说明见日志。</translation>
    </message>
    <message>
      <source>No row of {name} can be used; the scenario stays as it is.</source>
      <translation>{name} 中没有可用的行；情景保持不变。</translation>
    </message>
    <message>
      <source>dependencies</source>
      <translation>依赖关系</translation>
    </message>
    <message>
      <source>Save the list</source>
      <translation>保存列表</translation>
    </message>
    <message>
      <source>What happened</source>
      <translation>事件经过</translation>
    </message>
    <message>
      <source>Checking {name}</source>
      <translation>正在检查 {name}</translation>
    </message>
    <message>
      <source>Repairing</source>
      <translation>正在修复</translation>
    </message>
    <message>
      <source>repair: {what}</source>
      <translation>修复：{what}</translation>
    </message>
    <message>
      <source>There was nothing left to repair.</source>
      <translation>没有需要修复的了。</translation>
    </message>
    <message>
      <source>Level of detail</source>
      <translation>细节层次</translation>
    </message>
    <message>
      <source>Undoing</source>
      <translation>正在撤销</translation>
    </message>
    <message>
      <source>Report</source>
      <translation>报告</translation>
    </message>
    <message>
      <source>Save recipe</source>
      <translation>保存配方</translation>
    </message>
    <message>
      <source>Recipe saved: {path}. It opens this city with its repairs.</source>
      <translation>配方已保存：{path}。用它打开城市时会带上修复。</translation>
    </message>
    <message>
      <source>{n} problems are left.</source>
      <translation>还有 {n} 个问题。</translation>
    </message>
    <message>
      <source>No problem is left.</source>
      <translation>没有剩下的问题。</translation>
    </message>
    <message>
      <source>Drawing layers</source>
      <translation>正在绘制图层</translation>
    </message>
    <message>
      <source>{id} is not in the city: it was left out, or is in no layer.</source>
      <translation>城市中没有 {id}：它已被略去，或不在任何图层中。</translation>
    </message>
    <message>
      <source>Web page</source>
      <translation>网页</translation>
    </message>
    <message>
      <source>Export report</source>
      <translation>导出报告</translation>
    </message>
    <message>
      <source>Open</source>
      <translation>打开</translation>
    </message>
    <message>
      <source>Report written: {path}</source>
      <translation>报告已写入：{path}</translation>
    </message>
    <message>
      <source>This city comes from no files, so that there is no recipe of it; save a project.</source>
      <translation>该城市不来自文件，没有配方；请保存项目。</translation>
    </message>
    <message>
      <source>Recipes</source>
      <translation>配方</translation>
    </message>
    <message>
      <source>There is nothing that can be repaired without doubt.</source>
      <translation>没有可以稳妥修复的问题。</translation>
    </message>
    <message>
      <source>level of detail {name}</source>
      <translation>细节层次 {name}</translation>
    </message>
    <message>
      <source>All checks were made; nothing needs repair.</source>
      <translation>已完成全部检查，无需修复。</translation>
    </message>
    <message>
      <source>Repaired: {what}.</source>
      <translation>已修复：{what}。</translation>
    </message>
    <message>
      <source>Undo</source>
      <translation>撤销</translation>
    </message>
    <message>
      <source>import report</source>
      <translation>导入报告</translation>
    </message>
    <message>
      <source>Opening {name}</source>
      <translation>正在打开 {name}</translation>
    </message>
    <message>
      <source>Unsaved work from an earlier session was found.</source>
      <translation>发现上次会话未保存的工作。</translation>
    </message>
    <message>
      <source>Open a folder</source>
      <translation>打开文件夹</translation>
    </message>
    <message>
      <source>Save project</source>
      <translation>保存项目</translation>
    </message>
    <message>
      <source>Export city</source>
      <translation>导出城市</translation>
    </message>
    <message>
      <source>Exporting {name}</source>
      <translation>正在导出 {name}</translation>
    </message>
    <message>
      <source>Picture for the report</source>
      <translation>报告的图片</translation>
    </message>
    <message>
      <source>{name} is open in another window.</source>
      <translation>{name} 已在另一窗口中打开。</translation>
    </message>
    <message>
      <source>The project names no city.</source>
      <translation>该项目没有指明城市。</translation>
    </message>
    <message>
      <source>{summary}: see the import report.</source>
      <translation>{summary}：请看导入报告。</translation>
    </message>
    <message>
      <source>{name}: {n:,} buildings</source>
      <translation>{name}：{n:,} 栋建筑</translation>
    </message>
    <message>
      <source>Demonstration city</source>
      <translation>演示城市</translation>
    </message>
    <message>
      <source>Projects</source>
      <translation>项目</translation>
    </message>
    <message>
      <source>Open folder</source>
      <translation>打开文件夹</translation>
    </message>
    <message>
      <source>City written: {path}</source>
      <translation>城市已写出：{path}</translation>
    </message>
    <message>
      <source>Export</source>
      <translation>导出</translation>
    </message>
    <message>
      <source>Writing report</source>
      <translation>正在撰写报告</translation>
    </message>
    <message>
      <source>Look in:</source>
      <translation>查找范围：</translation>
    </message>
    <message>
      <source>File name:</source>
      <translation>文件名：</translation>
    </message>
    <message>
      <source>Files of type:</source>
      <translation>文件类型：</translation>
    </message>
    <message>
      <source>Folder</source>
      <translation>文件夹</translation>
    </message>
    <message>
      <source>demonstration city</source>
      <translation>演示城市</translation>
    </message>
    <message>
      <source>Open a city first, then its scenarios.</source>
      <translation>请先打开城市，再打开其情景。</translation>
    </message>
    <message>
      <source>Recover</source>
      <translation>恢复</translation>
    </message>
    <message>
      <source>Discard</source>
      <translation>丢弃</translation>
    </message>
    <message>
      <source>Save</source>
      <translation>保存</translation>
    </message>
    <message>
      <source>none yet</source>
      <translation>尚无</translation>
    </message>
    <message>
      <source>report</source>
      <translation>报告</translation>
    </message>
    <message>
      <source>{kind} file</source>
      <translation>{kind} 文件</translation>
    </message>
    <message>
      <source>There is no flood to look at yet. Run a scenario with one, Cloudburst for instance; then click a place.</source>
      <translation>还没有洪水结果可看。请先运行带洪水的情景（例如“暴雨”），然后点击地点。</translation>
    </message>
    <message>
      <source>{depth} m of water now</source>
      <translation>此刻水深 {depth} m</translation>
    </message>
    <message>
      <source>dry now</source>
      <translation>此刻无积水</translation>
    </message>
    <message>
      <source>Save curves</source>
      <translation>保存曲线</translation>
    </message>
    <message>
      <source>Save values</source>
      <translation>保存数值</translation>
    </message>
    <message>
      <source>Flow through the line</source>
      <translation>穿过该线的流量</translation>
    </message>
    <message>
      <source>Eight places are as many as can be told from each other: remove one first.</source>
      <translation>最多只能清楚区分八个地点：请先移除一个。</translation>
    </message>
    <message>
      <source>Water over time</source>
      <translation>水情过程</translation>
    </message>
    <message>
      <source>Values written: {path}</source>
      <translation>数值已写入：{path}</translation>
    </message>
    <message>
      <source>Run Cloudburst</source>
      <translation>运行暴雨</translation>
    </message>
    <message>
      <source>Picture written: {path}</source>
      <translation>图片已写入：{path}</translation>
    </message>
    <message>
      <source>The picture cannot be written to {path}</source>
      <translation>图片无法写到 {path}</translation>
    </message>
    <message>
      <source>synthetic city</source>
      <translation>虚构城市</translation>
    </message>
    <message>
      <source>Getting {name}</source>
      <translation>正在获取 {name}</translation>
    </message>
    <message>
      <source>Refreshing</source>
      <translation>正在刷新</translation>
    </message>
    <message>
      <source>refresh</source>
      <translation>刷新</translation>
    </message>
    <message>
      <source>Nothing has changed.</source>
      <translation>没有变化。</translation>
    </message>
    <message>
      <source>Fetched into {path}</source>
      <translation>已获取到 {path}</translation>
    </message>
    <message>
      <source>No source of this city is at a server.</source>
      <translation>本城市没有来自服务器的数据源。</translation>
    </message>
    <message>
      <source>The servers were asked again.</source>
      <translation>已重新查询服务器。</translation>
    </message>
    <message>
      <source>&amp;Heights</source>
      <translation>高程夸张(&amp;H)</translation>
    </message>
    <message>
      <source>Click at two places: the city is cut open along the line between them. Esc gives up.</source>
      <translation>点击两处：城市沿其连线剖开。Esc 放弃。</translation>
    </message>
    <message>
      <source>Cut</source>
      <translation>剖切</translation>
    </message>
    <message>
      <source>As they are</source>
      <translation>原始高程</translation>
    </message>
    <message>
      <source>Reference system: {crs}</source>
      <translation>参考系：{crs}</translation>
    </message>
    <message>
      <source>Heights: {vertical}</source>
      <translation>高程：{vertical}</translation>
    </message>
    <message>
      <source>Local origin: {e:,.0f} E, {n:,.0f} N</source>
      <translation>局部原点：东 {e:,.0f}，北 {n:,.0f}</translation>
    </message>
    <message>
      <source>Time zone: {zone}</source>
      <translation>时区：{zone}</translation>
    </message>
    <message>
      <source>First steps</source>
      <translation>入门</translation>
    </message>
    <message>
      <source>&lt;b&gt;Move&lt;/b&gt;: drag to turn, right drag or Shift to push, wheel to come nearer. Home shows all, 5 looks down, 1 stands in the street.&lt;br&gt;&lt;br&gt;&lt;b&gt;Read&lt;/b&gt;: click anything; F6 opens its table, Ctrl+F finds names, ids and coordinates.&lt;br&gt;&lt;br&gt;&lt;b&gt;Select&lt;/b&gt;: Ctrl + drag, R for a rectangle, Ctrl+Shift+F by attribute, right click for more.&lt;br&gt;&lt;br&gt;&lt;b&gt;Walk&lt;/b&gt;: G goes on foot, Esc comes back up. Alt+Left is the view before this one.&lt;br&gt;&lt;br&gt;&lt;b&gt;Ask&lt;/b&gt;: press Cloudburst. Water comes while it is computed; the slider below plays it again.&lt;br&gt;&lt;br&gt;&lt;b&gt;Change&lt;/b&gt;: press B and draw a barrier, then Ctrl+R. Results are compared by themselves; F8 shows the difference.&lt;br&gt;&lt;br&gt;&lt;b&gt;Compare&lt;/b&gt;: Ctrl+2 and Ctrl+4 show views beside each other, Shift+F7 swipes between two results.&lt;br&gt;&lt;br&gt;&lt;b&gt;Show it&lt;/b&gt;: Ctrl+P saves a picture, Ctrl+Shift+P makes a film.&lt;br&gt;&lt;br&gt;&lt;b&gt;Measure&lt;/b&gt;: M for distances; Tools has heights, areas, volumes, lines of sight, viewsheds and sections.&lt;br&gt;&lt;br&gt;&lt;b&gt;Everything else&lt;/b&gt;: Ctrl+K and type what you want.</source>
      <translation>&lt;b&gt;移动&lt;/b&gt;：拖动旋转，右键拖动或按住 Shift 平移，滚轮缩放。Home 显示全城，5 俯视，1 站在街上。&lt;br&gt;&lt;br&gt;&lt;b&gt;查看&lt;/b&gt;：点击任何对象；F6 打开属性表，Ctrl+F 查找名称、编号和坐标。&lt;br&gt;&lt;br&gt;&lt;b&gt;选择&lt;/b&gt;：按住 Ctrl 拖动，R 矩形选择，Ctrl+Shift+F 按属性选择，右键有更多命令。&lt;br&gt;&lt;br&gt;&lt;b&gt;步行&lt;/b&gt;：G 开始步行，Esc 返回空中。Alt+Left 回到上一视图。&lt;br&gt;&lt;br&gt;&lt;b&gt;提问&lt;/b&gt;：按“暴雨”。边计算边出现积水；用下方滑块可重放。&lt;br&gt;&lt;br&gt;&lt;b&gt;改变&lt;/b&gt;：按 B 绘制防洪墙，再按 Ctrl+R。结果会自动比较；F8 显示差值。&lt;br&gt;&lt;br&gt;&lt;b&gt;比较&lt;/b&gt;：Ctrl+2 和 Ctrl+4 并列显示多个视图，Shift+F7 在两个结果间卷帘对比。&lt;br&gt;&lt;br&gt;&lt;b&gt;展示&lt;/b&gt;：Ctrl+P 保存图片，Ctrl+Shift+P 制作影片。&lt;br&gt;&lt;br&gt;&lt;b&gt;测量&lt;/b&gt;：M 测量距离；“工具”中还有高度、面积、体积、通视、视域和剖面。&lt;br&gt;&lt;br&gt;&lt;b&gt;其他一切&lt;/b&gt;：按 Ctrl+K，输入您想做的事。</translation>
    </message>
    <message>
      <source>Sources and licences</source>
      <translation>数据来源与许可</translation>
    </message>
    <message>
      <source>About</source>
      <translation>关于</translation>
    </message>
    <message>
      <source>&lt;b&gt;Urban Twin {version}&lt;/b&gt;&lt;br&gt;Apache License 2.0&lt;br&gt;&lt;br&gt;Results are for planning and training; they replace no official warning.</source>
      <translation>&lt;b&gt;城市孪生 {version}&lt;/b&gt;&lt;br&gt;Apache 许可证 2.0&lt;br&gt;&lt;br&gt;结果供规划和培训使用，不能代替官方预警。</translation>
    </message>
    <message>
      <source>This city names no sources.</source>
      <translation>本城没有注明数据来源。</translation>
    </message>
    <message>
      <source>none, an engineering grid</source>
      <translation>无，工程坐标网</translation>
    </message>
    <message>
      <source>datum unknown</source>
      <translation>基准未知</translation>
    </message>
    <message>
      <source>Sensors</source>
      <translation>传感器</translation>
    </message>
    <message>
      <source>Replay recording</source>
      <translation>回放记录</translation>
    </message>
    <message>
      <source>Rain of the simulated gauges</source>
      <translation>模拟雨量计的降雨</translation>
    </message>
    <message>
      <source>Recordings</source>
      <translation>记录</translation>
    </message>
    <message>
      <source>Open a city first, then its recordings.</source>
      <translation>请先打开城市，再打开其记录数据。</translation>
    </message>
    <message>
      <source>Rain of the recording</source>
      <translation>记录中的降雨</translation>
    </message>
    <message>
      <source>Rain measured now</source>
      <translation>当前实测降雨</translation>
    </message>
    <message>
      <source>One recording is played at a time; this is {name}.</source>
      <translation>一次只能回放一份记录；当前为 {name}。</translation>
    </message>
    <message>
      <source>Getting ready</source>
      <translation>准备中</translation>
    </message>
    <message>
      <source>Export measurements</source>
      <translation>导出测量</translation>
    </message>
    <message>
      <source>Section</source>
      <translation>剖面</translation>
    </message>
    <message>
      <source>Save profile</source>
      <translation>保存剖面图</translation>
    </message>
    <message>
      <source>Writing {name}</source>
      <translation>正在写出 {name}</translation>
    </message>
    <message>
      <source>Measurements written: {path}</source>
      <translation>测量已写出：{path}</translation>
    </message>
    <message>
      <source>Profile written: {path}</source>
      <translation>剖面图已写出：{path}</translation>
    </message>
    <message>
      <source>Measurements</source>
      <translation>测量</translation>
    </message>
    <message>
      <source>Profile</source>
      <translation>剖面图</translation>
    </message>
    <message>
      <source>smoke for illustration</source>
      <translation>示意烟雾</translation>
    </message>
    <message>
      <source>Vehicles</source>
      <translation>车辆</translation>
    </message>
    <message>
      <source>Nothing moves by itself: Preferences say to jump instead of flying</source>
      <translation>没有动态效果：首选项设为直接跳转而不飞行</translation>
    </message>
    <message>
      <source>Click where it burns; Esc gives up.</source>
      <translation>点击起火位置；Esc 放弃。</translation>
    </message>
    <message>
      <source>Once around what is looked at</source>
      <translation>环绕所看之处一周</translation>
    </message>
    <message>
      <source>A path through bookmarks</source>
      <translation>沿书签的路径</translation>
    </message>
    <message>
      <source>Time-lapse of the result shown</source>
      <translation>当前结果的延时影片</translation>
    </message>
    <message>
      <source>A day of sun, from rise to set</source>
      <translation>一天的日照，从日出到日落</translation>
    </message>
    <message>
      <source>Picture</source>
      <translation>图片</translation>
    </message>
    <message>
      <source>Folder for the pictures</source>
      <translation>图片文件夹</translation>
    </message>
    <message>
      <source>Result layers</source>
      <translation>结果图层</translation>
    </message>
    <message>
      <source>Save picture</source>
      <translation>保存图片</translation>
    </message>
    <message>
      <source>The picture is in the clipboard: {w} × {h} pixels</source>
      <translation>图片已在剪贴板中：{w} × {h} 像素</translation>
    </message>
    <message>
      <source>Film {name}</source>
      <translation>影片 {name}</translation>
    </message>
    <message>
      <source>Shadows</source>
      <translation>阴影</translation>
    </message>
    <message>
      <source>The graphics driver gave up; the view goes on as a picture drawn by the processor.</source>
      <translation>图形驱动已失效；视图改由处理器绘制为图片继续显示。</translation>
    </message>
    <message>
      <source>Make a film</source>
      <translation>制作影片</translation>
    </message>
    <message>
      <source>Picture saved: {path}</source>
      <translation>图片已保存：{path}</translation>
    </message>
    <message>
      <source>Film saved: {path}</source>
      <translation>影片已保存：{path}</translation>
    </message>
    <message>
      <source>The city has power, water and masts; nothing was made up.</source>
      <translation>城市已有电网、供水管网和基站；未作推测。</translation>
    </message>
    <message>
      <source>Made up from streets and buildings, not surveyed: {what}.</source>
      <translation>由街道和建筑推测，并非实测：{what}。</translation>
    </message>
    <message>
      <source>Plausible networks</source>
      <translation>推测管网</translation>
    </message>
    <message>
      <source>plausible networks</source>
      <translation>推测管网</translation>
    </message>
    <message>
      <source>a power network</source>
      <translation>电网</translation>
    </message>
    <message>
      <source>a water network</source>
      <translation>供水管网</translation>
    </message>
    <message>
      <source>mobile masts</source>
      <translation>通信基站</translation>
    </message>
    <message>
      <source>Water mains</source>
      <translation>供水干管</translation>
    </message>
    <message>
      <source>Power lines</source>
      <translation>电力线路</translation>
    </message>
    <message>
      <source>Masts</source>
      <translation>通信基站</translation>
    </message>
    <message>
      <source>The city had {what}, which is kept.</source>
      <translation>城市原有{what}，予以保留。</translation>
    </message>
    <message>
      <source>Some buildings are too far from any street; see the import report.</source>
      <translation>部分建筑距街道过远；见导入报告。</translation>
    </message>
    <message>
      <source>The whole city is computed again.</source>
      <translation>重新计算整个城市。</translation>
    </message>
    <message>
      <source>area to compute</source>
      <translation>计算区域</translation>
    </message>
    <message>
      <source>Only what is in view is computed now. Choose it again for the whole city.</source>
      <translation>现在只计算视图中的区域。再次选择即计算整个城市。</translation>
    </message>
    <message>
      <source>Open scenario</source>
      <translation>打开情景</translation>
    </message>
    <message>
      <source>Save scenario</source>
      <translation>保存情景</translation>
    </message>
    <message>
      <source>There is nothing to compare with yet: run another scenario too.</source>
      <translation>尚无可比较的对象：请再运行一个情景。</translation>
    </message>
    <message>
      <source>{name} stopped at {time}. What came until then can be played, but there is no result.</source>
      <translation>{name}在{time}停止。此前的内容可以播放，但没有结果。</translation>
    </message>
    <message>
      <source>This scenario has no flood whose area could be chosen.</source>
      <translation>此情景没有可以选择区域的洪水。</translation>
    </message>
    <message>
      <source>Go nearer first: all of the city is in view.</source>
      <translation>请先靠近：整个城市都在视图中。</translation>
    </message>
    <message>
      <source>Scenarios</source>
      <translation>情景</translation>
    </message>
    <message>
      <source>Click along the line; double click or Enter ends it, Esc gives up.</source>
      <translation>沿线点击；双击或回车结束，Esc 放弃。</translation>
    </message>
    <message>
      <source>Click where it stands; Esc gives up.</source>
      <translation>点击其位置；Esc 放弃。</translation>
    </message>
    <message>
      <source>Click around the area; double click or Enter ends it, Esc gives up.</source>
      <translation>沿区域边界点击；双击或回车结束，Esc 放弃。</translation>
    </message>
    <message>
      <source>{name} has run. Move the slider to see it again, or add a measure and run once more.</source>
      <translation>{name} 已运行完毕。拖动滑块可重看，或添加措施后再次运行。</translation>
    </message>
    <message>
      <source>Select the objects first, in the view or in a table; then press again.</source>
      <translation>请先在视图或表中选择对象，再按一次。</translation>
    </message>
    <message>
      <source>Open a city first</source>
      <translation>请先打开城市</translation>
    </message>
    <message>
      <source>none for this city</source>
      <translation>本城没有</translation>
    </message>
    <message>
      <source>Draw around what you want in {layer}. Shift adds, Alt takes away, Esc ends.</source>
      <translation>在“{layer}”中圈出所要的对象。Shift 添加，Alt 移除，Esc 结束。</translation>
    </message>
    <message>
      <source>Drag a rectangle over what you want in {layer}. Shift adds, Alt takes away, Esc ends.</source>
      <translation>在“{layer}”中拖动矩形框选。Shift 添加，Alt 移除，Esc 结束。</translation>
    </message>
    <message>
      <source>Selecting</source>
      <translation>正在选择</translation>
    </message>
    <message>
      <source>{n:,} selected in {layer}</source>
      <translation>{layer}：已选 {n:,} 个</translation>
    </message>
    <message>
      <source>Copied: {text}</source>
      <translation>已复制：{text}</translation>
    </message>
    <message>
      <source>Save selection</source>
      <translation>保存选择</translation>
    </message>
    <message>
      <source>Saving selection</source>
      <translation>正在保存选择</translation>
    </message>
    <message>
      <source>Keep selection</source>
      <translation>保留选择</translation>
    </message>
    <message>
      <source>Name of this selection</source>
      <translation>此选择的名称</translation>
    </message>
    <message>
      <source>Selection {n}</source>
      <translation>选择 {n}</translation>
    </message>
    <message>
      <source>keep selection {name}</source>
      <translation>保留选择 {name}</translation>
    </message>
    <message>
      <source>Forget</source>
      <translation>忘记</translation>
    </message>
    <message>
      <source>forget selection {name}</source>
      <translation>忘记选择 {name}</translation>
    </message>
    <message>
      <source>There is nothing to select.</source>
      <translation>没有可选择的内容。</translation>
    </message>
    <message>
      <source>Fly to it</source>
      <translation>飞往该处</translation>
    </message>
    <message>
      <source>Select</source>
      <translation>选择</translation>
    </message>
    <message>
      <source>Attribute table</source>
      <translation>属性表</translation>
    </message>
    <message>
      <source>Walk from here</source>
      <translation>从此处步行</translation>
    </message>
    <message>
      <source>Copy coordinates</source>
      <translation>复制坐标</translation>
    </message>
    <message>
      <source>Water over time here</source>
      <translation>此处水情过程</translation>
    </message>
    <message>
      <source>Select buildings first; the others are hidden then.</source>
      <translation>请先选择建筑；其余建筑随后隐藏。</translation>
    </message>
    <message>
      <source>Nothing is selected.</source>
      <translation>未选择任何对象。</translation>
    </message>
    <message>
      <source>Writing</source>
      <translation>正在写出</translation>
    </message>
    <message>
      <source>{n:,} rows saved: {path}</source>
      <translation>已保存 {n:,} 行：{path}</translation>
    </message>
    <message>
      <source>So many rows are better saved as a file: at most {n:,} are kept by name.</source>
      <translation>行数过多，宜保存为文件：按名称最多保留 {n:,} 行。</translation>
    </message>
    <message>
      <source>The layer of this selection is not there.</source>
      <translation>此选择所属的图层不存在。</translation>
    </message>
    <message>
      <source>Take from the selection</source>
      <translation>从选择中移除</translation>
    </message>
    <message>
      <source>Add to the selection</source>
      <translation>添加到选择</translation>
    </message>
    <message>
      <source>Select all of the same kind: {kind}</source>
      <translation>选择所有同类对象：{kind}</translation>
    </message>
    <message>
      <source>selection</source>
      <translation>所选</translation>
    </message>
    <message>
      <source>{depth} m of water here</source>
      <translation>此处水深 {depth} m</translation>
    </message>
    <message>
      <source>Best places for stations</source>
      <translation>最佳站点选址</translation>
    </message>
    <message>
      <source>best places for stations</source>
      <translation>最佳站点选址</translation>
    </message>
    <message>
      <source>Sun</source>
      <translation>日照</translation>
    </message>
    <message>
      <source>Bookmark</source>
      <translation>书签</translation>
    </message>
    <message>
      <source>Name of this view</source>
      <translation>此视图的名称</translation>
    </message>
    <message>
      <source>View {n}</source>
      <translation>视图 {n}</translation>
    </message>
    <message>
      <source>There is no place to stand here. Fly nearer to a street and try again.</source>
      <translation>此处没有可站立的位置。请飞近街道后再试。</translation>
    </message>
    <message>
      <source>layers of {name}</source>
      <translation>{name} 的图层</translation>
    </message>
    <message>
      <source>That place lies outside this city.</source>
      <translation>该地点在本城之外。</translation>
    </message>
    <message>
      <source>Failure of {name}</source>
      <translation>{name}失效</translation>
    </message>
    <message>
      <source>Best order: {names}. It spares {n:,.0f} person-hours without service; it is in the scenario now.</source>
      <translation>最优顺序：{names}。可减少 {n:,.0f} 人时的服务中断；已写入情景。</translation>
    </message>
    <message>
      <source>Weak points</source>
      <translation>薄弱环节</translation>
    </message>
    <message>
      <source>Running the worst</source>
      <translation>正在完整模拟最严重的失效</translation>
    </message>
    <message>
      <source>Select what fails first: a substation, line, pump, pipe, road, hospital or mast.</source>
      <translation>请先选择失效对象：变电站、线路、水泵、管道、道路、医院或基站。</translation>
    </message>
    <message>
      <source>let it fail</source>
      <translation>使其失效</translation>
    </message>
    <message>
      <source>There is nothing to put in order: the run shown has fewer than two broken objects. Run a flood or a failure first.</source>
      <translation>无需排序：所示运行中损坏的设施不足两处。请先运行洪水或失效情景。</translation>
    </message>
    <message>
      <source>Order of repairs</source>
      <translation>抢修顺序</translation>
    </message>
    <message>
      <source>order of repairs</source>
      <translation>抢修顺序</translation>
    </message>
    <message>
      <source>What is selected cannot fail; a substation, line, pump, pipe, road, hospital or mast can.</source>
      <translation>所选对象不能失效；变电站、线路、水泵、管道、道路、医院或基站可以。</translation>
    </message>
    <message>
      <source>No order spares people more than the usual one; the scenario stays as it is.</source>
      <translation>没有比通常顺序更好的抢修次序；情景保持不变。</translation>
    </message>
    <message>
      <source>Save the ranking</source>
      <translation>保存排序</translation>
    </message>
    <message>
      <source>As a plan without a map</source>
      <translation>作为无地图的平面图</translation>
    </message>
    <message>
      <source>As {crs}</source>
      <translation>按 {crs}</translation>
    </message>
    <message>
      <source>A plan without a map</source>
      <translation>无地图的平面图</translation>
    </message>
    <message>
      <source>Reference system</source>
      <translation>参考系</translation>
    </message>
    <message>
      <source>Choose one, or write an EPSG code such as EPSG:28992</source>
      <translation>请选择一个，或输入 EPSG 代码，例如 EPSG:28992</translation>
    </message>
    <message>
      <source>Other…</source>
      <translation>其他…</translation>
    </message>
    <message>
      <source>.</source>
      <translation>。</translation>
    </message>
    <message>
      <source>How are its coordinates to be read?</source>
      <translation>应如何读取其坐标？</translation>
    </message>
    <message>
      <source>Baseline and scenario</source>
      <translation>基准与情景</translation>
    </message>
    <message>
      <source>Two scenarios</source>
      <translation>两个情景</translation>
    </message>
    <message>
      <source>Results side by side</source>
      <translation>结果并列</translation>
    </message>
    <message>
      <source>Moments of one result</source>
      <translation>同一结果的不同时刻</translation>
    </message>
    <message>
      <source>The city from several sides</source>
      <translation>城市的不同侧面</translation>
    </message>
    <message>
      <source>Chosen one by one</source>
      <translation>逐个选定</translation>
    </message>
    <message>
      <source>City without results</source>
      <translation>无结果的城市</translation>
    </message>
    <message>
      <source>Baseline: {name}</source>
      <translation>基准：{name}</translation>
    </message>
    <message>
      <source>Overview</source>
      <translation>总览</translation>
    </message>
    <message>
      <source>From above</source>
      <translation>俯视</translation>
    </message>
    <message>
      <source>Looking north</source>
      <translation>向北看</translation>
    </message>
    <message>
      <source>Street level</source>
      <translation>街道视角</translation>
    </message>
    <message>
      <source>{n:,} × {kind}</source>
      <translation>{n:,} × {kind}</translation>
    </message>
    <message>
      <source>Objects that can fail</source>
      <translation>可能失效的设施</translation>
    </message>
    <message>
      <source>Quick (local inertial)</source>
      <translation>快速（局部惯性）</translation>
    </message>
    <message>
      <source>Accurate (finite volumes)</source>
      <translation>精确（有限体积）</translation>
    </message>
    <message>
      <source>Finest (finite volumes, second order)</source>
      <translation>最精细（有限体积，二阶）</translation>
    </message>
    <message>
      <source>Even rain</source>
      <translation>均匀</translation>
    </message>
    <message>
      <source>Chicago storm</source>
      <translation>芝加哥雨型</translation>
    </message>
    <message>
      <source>Alternating</source>
      <translation>交替区块</translation>
    </message>
    <message>
      <source>Rain gauges</source>
      <translation>雨量站</translation>
    </message>
    <message>
      <source>Curve number (SCS)</source>
      <translation>曲线数法（SCS）</translation>
    </message>
    <message>
      <source>None</source>
      <translation>无</translation>
    </message>
    <message>
      <source>Green-Ampt</source>
      <translation>Green-Ampt 法</translation>
    </message>
    <message>
      <source>Horton</source>
      <translation>Horton 法</translation>
    </message>
    <message>
      <source>Constant</source>
      <translation>恒定</translation>
    </message>
    <message>
      <source>Keep level</source>
      <translation>保持水位</translation>
    </message>
    <message>
      <source>Like land</source>
      <translation>按陆地计算</translation>
    </message>
    <message>
      <source>Open rim</source>
      <translation>边界开放</translation>
    </message>
    <message>
      <source>Closed rim</source>
      <translation>边界封闭</translation>
    </message>
    <message>
      <source>Follows the whole city</source>
      <translation>随整个城市</translation>
    </message>
    <message>
      <source>To the street</source>
      <translation>流到街面</translation>
    </message>
    <message>
      <source>To the drains</source>
      <translation>排入管道</translation>
    </message>
    <message>
      <source>Street drains</source>
      <translation>街道排水口</translation>
    </message>
    <message>
      <source>SWMM</source>
      <translation>SWMM</translation>
    </message>
    <message>
      <source>Keep water out</source>
      <translation>不进水</translation>
    </message>
    <message>
      <source>Let it in slowly</source>
      <translation>缓慢进水</translation>
    </message>
    <message>
      <source>Ambulance station</source>
      <translation>急救站</translation>
    </message>
    <message>
      <source>Fire station</source>
      <translation>消防站</translation>
    </message>
    <message>
      <source>Ambulances</source>
      <translation>救护车</translation>
    </message>
    <message>
      <source>In equilibrium (static)</source>
      <translation>均衡（静态）</translation>
    </message>
    <message>
      <source>Car by car (dynamic)</source>
      <translation>逐车（动态）</translation>
    </message>
    <message>
      <source>Fire engines</source>
      <translation>消防车</translation>
    </message>
    <message>
      <source>Most people in time</source>
      <translation>按时到达的人最多</translation>
    </message>
    <message>
      <source>Least mean time</source>
      <translation>平均到达时间最短</translation>
    </message>
    <message>
      <source>Default: {value}</source>
      <translation>默认值：{value}</translation>
    </message>
    <message>
      <source>Range: {low} to {high}</source>
      <translation>范围：{low} 至 {high}</translation>
    </message>
    <message>
      <source>Source: {source}</source>
      <translation>来源：{source}</translation>
    </message>
    <message>
      <source>yes</source>
      <translation>是</translation>
    </message>
    <message>
      <source>no</source>
      <translation>否</translation>
    </message>
    <message>
      <source>More settings</source>
      <translation>更多设置</translation>
    </message>
    <message>
      <source>Back to the default: {value}</source>
      <translation>恢复默认值：{value}</translation>
    </message>
    <message>
      <source>Back to the default</source>
      <translation>恢复默认值</translation>
    </message>
    <message>
      <source>stays dry</source>
      <translation>始终无积水</translation>
    </message>
    <message>
      <source>in a building: water is computed outside only</source>
      <translation>位于建筑内：只计算室外的水</translation>
    </message>
    <message>
      <source>in a building: the depth is that at its walls</source>
      <translation>位于建筑内：所示为其墙边的水深</translation>
    </message>
    <message>
      <source>in a river or lake that is kept at its level</source>
      <translation>位于保持固定水位的河流或湖泊中</translation>
    </message>
    <message>
      <source>outside the area computed</source>
      <translation>在计算范围之外</translation>
    </message>
    <message>
      <source>nothing is computed here</source>
      <translation>此处没有计算</translation>
    </message>
    <message>
      <source>the result cannot be read</source>
      <translation>无法读取结果</translation>
    </message>
    <message>
      <source>north</source>
      <translation>北</translation>
    </message>
    <message>
      <source>north-east</source>
      <translation>东北</translation>
    </message>
    <message>
      <source>east</source>
      <translation>东</translation>
    </message>
    <message>
      <source>south-east</source>
      <translation>东南</translation>
    </message>
    <message>
      <source>south</source>
      <translation>南</translation>
    </message>
    <message>
      <source>south-west</source>
      <translation>西南</translation>
    </message>
    <message>
      <source>west</source>
      <translation>西</translation>
    </message>
    <message>
      <source>north-west</source>
      <translation>西北</translation>
    </message>
    <message>
      <source>water over time at {place}</source>
      <translation>地点 {place} 的水情过程</translation>
    </message>
    <message>
      <source>remove place {what}</source>
      <translation>移除地点 {what}</translation>
    </message>
    <message>
      <source>© OpenStreetMap contributors, ODbL. The public servers take up to 120 km² at once.</source>
      <translation>© OpenStreetMap 贡献者，ODbL。公共服务器一次最多提供 120 km²。</translation>
    </message>
    <message>
      <source>© 3DBAG by tudelft3d and 3DGI, CC BY 4.0.</source>
      <translation>© 3DBAG，tudelft3d 与 3DGI，CC BY 4.0。</translation>
    </message>
    <message>
      <source>Project PLATEAU, Ministry of Land, Infrastructure, Transport and Tourism of Japan. Archives are large.</source>
      <translation>日本国土交通省 PLATEAU 项目。压缩包较大。</translation>
    </message>
    <message>
      <source>Whose data it is, its tiles say. Only the server you name is asked.</source>
      <translation>数据归属见瓦片说明。只访问您指定的服务器。</translation>
    </message>
    <message>
      <source>Whose data it is, its page says. Only the server you name is asked.</source>
      <translation>数据归属见其网页。只访问您指定的服务器。</translation>
    </message>
    <message>
      <source>OpenStreetMap</source>
      <translation>OpenStreetMap</translation>
    </message>
    <message>
      <source>Place</source>
      <translation>地点</translation>
    </message>
    <message>
      <source>Rotterdam, Delfshaven</source>
      <translation>Rotterdam, Delfshaven</translation>
    </message>
    <message>
      <source>3DBAG (Netherlands)</source>
      <translation>3DBAG（荷兰）</translation>
    </message>
    <message>
      <source>Tile or building</source>
      <translation>瓦片或建筑</translation>
    </message>
    <message>
      <source>9/284/556 or a BAG number of 16 digits</source>
      <translation>9/284/556 或 16 位 BAG 编号</translation>
    </message>
    <message>
      <source>Project PLATEAU (Japan)</source>
      <translation>PLATEAU 项目（日本）</translation>
    </message>
    <message>
      <source>Code of the city</source>
      <translation>城市代码</translation>
    </message>
    <message>
      <source>13101</source>
      <translation>13101</translation>
    </message>
    <message>
      <source>3D Tiles</source>
      <translation>3D Tiles</translation>
    </message>
    <message>
      <source>Address</source>
      <translation>地址</translation>
    </message>
    <message>
      <source>https://…/tileset.json</source>
      <translation>https://…/tileset.json</translation>
    </message>
    <message>
      <source>An address</source>
      <translation>网址</translation>
    </message>
    <message>
      <source>https://…/city.gpkg</source>
      <translation>https://…/city.gpkg</translation>
    </message>
    <message>
      <source>Get a city</source>
      <translation>获取城市</translation>
    </message>
    <message>
      <source>Choose a folder</source>
      <translation>选择文件夹</translation>
    </message>
    <message>
      <source>Into the folder</source>
      <translation>存入文件夹</translation>
    </message>
    <message>
      <source>Get</source>
      <translation>获取</translation>
    </message>
    <message>
      <source>Open URL or database</source>
      <translation>打开网址或数据库</translation>
    </message>
    <message>
      <source>A file, a tileset, a WFS or OGC API service, map tiles or a PostGIS database. What is fetched is kept, so that it opens again without a connection. A password is forgotten when the program ends.</source>
      <translation>文件、瓦片集、WFS 或 OGC API 服务、地图瓦片或 PostGIS 数据库。获取的内容会保留，断网时也能再次打开。程序退出后即忘记密码。</translation>
    </message>
    <message>
      <source>Source</source>
      <translation>来源</translation>
    </message>
    <message>
      <source>Or west, south, east, north</source>
      <translation>或西、南、东、北</translation>
    </message>
    <message>
      <source>Modules</source>
      <translation>模块</translation>
    </message>
    <message>
      <source>Run many times</source>
      <translation>多次运行</translation>
    </message>
    <message>
      <source>Run</source>
      <translation>运行</translation>
    </message>
    <message>
      <source>Close</source>
      <translation>关闭</translation>
    </message>
    <message>
      <source>{name}, many runs</source>
      <translation>{name}，多次运行</translation>
    </message>
    <message>
      <source>{name}, return periods</source>
      <translation>{name}，重现期</translation>
    </message>
    <message>
      <source>Running {name}</source>
      <translation>正在运行 {name}</translation>
    </message>
    <message>
      <source>How sure is it?</source>
      <translation>有多可靠？</translation>
    </message>
    <message>
      <source>The scenario is run with less and more of what is uncertain. You see how likely water is at each place, and the range of every figure.</source>
      <translation>用不确定量的较小值和较大值多次运行该情景。您将看到各处积水的可能性以及每个数字的范围。</translation>
    </message>
    <message>
      <source>How often does it come?</source>
      <translation>多久出现一次？</translation>
    </message>
    <message>
      <source>The scenario is run with rarer and rarer storms. You see how often water comes to each place, and the damage to expect in a year on average.</source>
      <translation>用越来越罕见的暴雨运行该情景。您将看到各处多久积水一次，以及平均每年预期的损失。</translation>
    </message>
    <message>
      <source>Uncertain in this scenario: {what}</source>
      <translation>此情景中的不确定量：{what}</translation>
    </message>
    <message>
      <source>Distance</source>
      <translation>距离</translation>
    </message>
    <message>
      <source>Height</source>
      <translation>高度</translation>
    </message>
    <message>
      <source>Area</source>
      <translation>面积</translation>
    </message>
    <message>
      <source>Slope</source>
      <translation>坡度</translation>
    </message>
    <message>
      <source>Volume</source>
      <translation>体积</translation>
    </message>
    <message>
      <source>Line of sight</source>
      <translation>通视</translation>
    </message>
    <message>
      <source>Viewshed</source>
      <translation>视域</translation>
    </message>
    <message>
      <source>Hours of sun</source>
      <translation>日照时数</translation>
    </message>
    <message>
      <source>Length in space</source>
      <translation>空间长度</translation>
    </message>
    <message>
      <source>Length in plan</source>
      <translation>水平长度</translation>
    </message>
    <message>
      <source>Along the ground</source>
      <translation>沿地面长度</translation>
    </message>
    <message>
      <source>First to last point</source>
      <translation>首末点距离</translation>
    </message>
    <message>
      <source>Bearing</source>
      <translation>方位角</translation>
    </message>
    <message>
      <source>Rise</source>
      <translation>起止高差</translation>
    </message>
    <message>
      <source>Height difference</source>
      <translation>高差</translation>
    </message>
    <message>
      <source>Level of the first point</source>
      <translation>首点高程</translation>
    </message>
    <message>
      <source>Level of the last point</source>
      <translation>末点高程</translation>
    </message>
    <message>
      <source>Angle of elevation</source>
      <translation>仰角</translation>
    </message>
    <message>
      <source>Area in plan</source>
      <translation>水平投影面积</translation>
    </message>
    <message>
      <source>Area on the ground</source>
      <translation>地表面积</translation>
    </message>
    <message>
      <source>Area between the corners</source>
      <translation>角点间面积</translation>
    </message>
    <message>
      <source>Outline</source>
      <translation>周长</translation>
    </message>
    <message>
      <source>Ground with known heights</source>
      <translation>有高程的地面</translation>
    </message>
    <message>
      <source>Mean slope</source>
      <translation>平均坡度</translation>
    </message>
    <message>
      <source>Mean slope, degrees</source>
      <translation>平均坡度（度）</translation>
    </message>
    <message>
      <source>Steepest</source>
      <translation>最大坡度</translation>
    </message>
    <message>
      <source>Steepest, degrees</source>
      <translation>最大坡度（度）</translation>
    </message>
    <message>
      <source>Climb</source>
      <translation>累计上升</translation>
    </message>
    <message>
      <source>Descent</source>
      <translation>累计下降</translation>
    </message>
    <message>
      <source>Cut (ground above)</source>
      <translation>挖方（地面高于基准）</translation>
    </message>
    <message>
      <source>Fill (ground below)</source>
      <translation>填方（地面低于基准）</translation>
    </message>
    <message>
      <source>Cut less fill</source>
      <translation>挖方减填方</translation>
    </message>
    <message>
      <source>Volume of buildings</source>
      <translation>建筑体积</translation>
    </message>
    <message>
      <source>Buildings</source>
      <translation>建筑</translation>
    </message>
    <message>
      <source>Reference level</source>
      <translation>基准高程</translation>
    </message>
    <message>
      <source>Slope of the plane</source>
      <translation>平面坡度</translation>
    </message>
    <message>
      <source>Seen as far as</source>
      <translation>可见至</translation>
    </message>
    <message>
      <source>Eye must be higher by</source>
      <translation>视点须抬高</translation>
    </message>
    <message>
      <source>Buildings in the way</source>
      <translation>遮挡建筑</translation>
    </message>
    <message>
      <source>Curvature less refraction (k = 0.13)</source>
      <translation>地球曲率减大气折光 (k = 0.13)</translation>
    </message>
    <message>
      <source>Ground seen</source>
      <translation>可见地面</translation>
    </message>
    <message>
      <source>Share of the ground</source>
      <translation>占地面比例</translation>
    </message>
    <message>
      <source>Buildings seen</source>
      <translation>可见建筑</translation>
    </message>
    <message>
      <source>Buildings within reach</source>
      <translation>范围内建筑</translation>
    </message>
    <message>
      <source>Walls and roofs seen</source>
      <translation>可见墙面和屋顶</translation>
    </message>
    <message>
      <source>Farthest ground seen</source>
      <translation>最远可见地面</translation>
    </message>
    <message>
      <source>Radius</source>
      <translation>半径</translation>
    </message>
    <message>
      <source>Height of the eye</source>
      <translation>视点高度</translation>
    </message>
    <message>
      <source>Mean on the ground</source>
      <translation>地面平均</translation>
    </message>
    <message>
      <source>Mean on roofs</source>
      <translation>屋顶平均</translation>
    </message>
    <message>
      <source>Mean on walls</source>
      <translation>墙面平均</translation>
    </message>
    <message>
      <source>Sun above the horizon</source>
      <translation>可照时数</translation>
    </message>
    <message>
      <source>level {z}</source>
      <translation>高程 {z}</translation>
    </message>
    <message>
      <source>Looking around</source>
      <translation>正在计算视域</translation>
    </message>
    <message>
      <source>Painting what is seen</source>
      <translation>正在绘制可见部分</translation>
    </message>
    <message>
      <source>building {id}</source>
      <translation>建筑 {id}</translation>
    </message>
    <message>
      <source>Blocked after {v} by {what}</source>
      <translation>{v} 处被遮挡：{what}</translation>
    </message>
    <message>
      <source>{area} of ground, {n} buildings seen</source>
      <translation>可见地面 {area}，建筑 {n} 栋</translation>
    </message>
    <message>
      <source>{h} of sun on the ground</source>
      <translation>地面日照 {h}</translation>
    </message>
    <message>
      <source>measure {what}</source>
      <translation>测量 {what}</translation>
    </message>
    <message>
      <source>Following the sun</source>
      <translation>正在跟踪太阳</translation>
    </message>
    <message>
      <source>{d} in plan</source>
      <translation>水平 {d}</translation>
    </message>
    <message>
      <source>rise {d}</source>
      <translation>高差 {d}</translation>
    </message>
    <message>
      <source>cut {v}</source>
      <translation>挖方 {v}</translation>
    </message>
    <message>
      <source>fill {v}</source>
      <translation>填方 {v}</translation>
    </message>
    <message>
      <source>Clear  {v}</source>
      <translation>通视  {v}</translation>
    </message>
    <message>
      <source>remove {what}</source>
      <translation>移除 {what}</translation>
    </message>
    <message>
      <source>clear measurements</source>
      <translation>清空测量</translation>
    </message>
    <message>
      <source>{d} apart in plan</source>
      <translation>水平相距 {d}</translation>
    </message>
    <message>
      <source>buildings {v}</source>
      <translation>建筑 {v}</translation>
    </message>
    <message>
      <source>In the way</source>
      <translation>遮挡物</translation>
    </message>
    <message>
      <source>change {what}</source>
      <translation>更改 {what}</translation>
    </message>
    <message>
      <source>Measuring</source>
      <translation>正在测量</translation>
    </message>
    <message>
      <source>the ground</source>
      <translation>地面</translation>
    </message>
    <message>
      <source>add {measure}</source>
      <translation>添加{measure}</translation>
    </message>
    <message>
      <source>remove {measure}</source>
      <translation>移除{measure}</translation>
    </message>
    <message>
      <source>change {measure}</source>
      <translation>更改{measure}</translation>
    </message>
    <message>
      <source>Details</source>
      <translation>详情</translation>
    </message>
    <message>
      <source>Dismiss</source>
      <translation>关闭</translation>
    </message>
    <message>
      <source>Something went wrong inside the program. Your work is kept; the details help to repair it.</source>
      <translation>程序内部出错。您的工作已保留；详情有助于修复。</translation>
    </message>
    <message>
      <source>Type a command</source>
      <translation>输入命令</translation>
    </message>
    <message>
      <source>Find a name, an id, a layer, or coordinates such as 31.24, 121.49</source>
      <translation>查找名称、编号、图层或坐标，例如 31.24, 121.49</translation>
    </message>
    <message>
      <source>Find</source>
      <translation>查找</translation>
    </message>
    <message>
      <source>No such command</source>
      <translation>没有这样的命令</translation>
    </message>
    <message>
      <source>Type at least two letters.</source>
      <translation>请至少输入两个字符。</translation>
    </message>
    <message>
      <source>layer</source>
      <translation>图层</translation>
    </message>
    <message>
      <source>Nothing in this city matches '{text}'.</source>
      <translation>本城没有与“{text}”匹配的内容。</translation>
    </message>
    <message>
      <source>Latitude {a:g}, longitude {b:g}</source>
      <translation>纬度 {a:g}，经度 {b:g}</translation>
    </message>
    <message>
      <source>Easting {a:g}, northing {b:g}</source>
      <translation>东坐标 {a:g}，北坐标 {b:g}</translation>
    </message>
    <message>
      <source>Acknowledge</source>
      <translation>确认</translation>
    </message>
    <message>
      <source>All</source>
      <translation>全部</translation>
    </message>
    <message>
      <source>Acknowledge every alert</source>
      <translation>确认所有警报</translation>
    </message>
    <message>
      <source>Alerts</source>
      <translation>警报</translation>
    </message>
    <message>
      <source>Alerts: {n} new</source>
      <translation>警报：{n} 条新</translation>
    </message>
    <message>
      <source>limit</source>
      <translation>限值</translation>
    </message>
    <message>
      <source>cleared</source>
      <translation>已解除</translation>
    </message>
    <message>
      <source>no data since</source>
      <translation>无数据，自</translation>
    </message>
    <message>
      <source>acknowledged</source>
      <translation>已确认</translation>
    </message>
    <message>
      <source>Bookmarks</source>
      <translation>书签</translation>
    </message>
    <message>
      <source>Ctrl+B keeps the view of now here: where one looks from, the layers shown and the moment.</source>
      <translation>按 Ctrl+B 将当前视图保留在此：观看位置、显示的图层和时刻。</translation>
    </message>
    <message>
      <source>rename bookmark {name}</source>
      <translation>重命名书签 {name}</translation>
    </message>
    <message>
      <source>Bring it up to date with the view of now</source>
      <translation>用当前视图更新</translation>
    </message>
    <message>
      <source>Rename</source>
      <translation>重命名</translation>
    </message>
    <message>
      <source>Delete</source>
      <translation>删除</translation>
    </message>
    <message>
      <source>Keep this view</source>
      <translation>保留此视图</translation>
    </message>
    <message>
      <source>Further up</source>
      <translation>上移</translation>
    </message>
    <message>
      <source>Further down</source>
      <translation>下移</translation>
    </message>
    <message>
      <source>bookmark {name}</source>
      <translation>书签 {name}</translation>
    </message>
    <message>
      <source>delete bookmark {name}</source>
      <translation>删除书签 {name}</translation>
    </message>
    <message>
      <source>order of bookmarks</source>
      <translation>书签顺序</translation>
    </message>
    <message>
      <source>Baseline</source>
      <translation>基准</translation>
    </message>
    <message>
      <source>Alternative</source>
      <translation>方案</translation>
    </message>
    <message>
      <source>against</source>
      <translation>对比</translation>
    </message>
    <message>
      <source>Show difference</source>
      <translation>显示差值</translation>
    </message>
    <message>
      <source>A layer of where the water stands deeper and shallower than in the baseline</source>
      <translation>显示何处积水比基准更深或更浅的图层</translation>
    </message>
    <message>
      <source>Report…</source>
      <translation>报告…</translation>
    </message>
    <message>
      <source>Write a report of this with pictures, table, assumptions and limits</source>
      <translation>撰写含图片、表格、假设与局限的报告</translation>
    </message>
    <message>
      <source>Indicators</source>
      <translation>指标</translation>
    </message>
    <message>
      <source>Figures appear here after a run. Add a measure, run again, and the two are compared.</source>
      <translation>运行后此处显示数字。添加措施再次运行，两者即自动比较。</translation>
    </message>
    <message>
      <source>nothing</source>
      <translation>无</translation>
    </message>
    <message>
      <source>Indicator</source>
      <translation>指标</translation>
    </message>
    <message>
      <source>Change</source>
      <translation>变化</translation>
    </message>
    <message>
      <source>What the views show</source>
      <translation>视图显示的内容</translation>
    </message>
    <message>
      <source>One view</source>
      <translation>单视图</translation>
    </message>
    <message>
      <source>Back to one view</source>
      <translation>回到单视图</translation>
    </message>
    <message>
      <source>View {name}</source>
      <translation>视图 {name}</translation>
    </message>
    <message>
      <source>left</source>
      <translation>左</translation>
    </message>
    <message>
      <source>right</source>
      <translation>右</translation>
    </message>
    <message>
      <source>error</source>
      <translation>错误</translation>
    </message>
    <message>
      <source>warning</source>
      <translation>警告</translation>
    </message>
    <message>
      <source>note</source>
      <translation>提示</translation>
    </message>
    <message>
      <source>Check thoroughly</source>
      <translation>全面检查</translation>
    </message>
    <message>
      <source>Repair all safe ones</source>
      <translation>进行全部稳妥的修复</translation>
    </message>
    <message>
      <source>Export report…</source>
      <translation>导出报告…</translation>
    </message>
    <message>
      <source>Save recipe…</source>
      <translation>保存配方…</translation>
    </message>
    <message>
      <source>Report as a page or as data, or a recipe that opens the city as it is now</source>
      <translation>网页或数据形式的报告，或按现在的样子打开城市的配方</translation>
    </message>
    <message>
      <source>Problems found</source>
      <translation>发现的问题</translation>
    </message>
    <message>
      <source>Examples</source>
      <translation>示例</translation>
    </message>
    <message>
      <source>Nothing wrong was found.</source>
      <translation>未发现问题。</translation>
    </message>
    <message>
      <source>State reference system…</source>
      <translation>指定坐标参考系…</translation>
    </message>
    <message>
      <source>place {n}</source>
      <translation>位置 {n}</translation>
    </message>
    <message>
      <source>1 error</source>
      <translation>1 个错误</translation>
    </message>
    <message>
      <source>{n} errors</source>
      <translation>{n} 个错误</translation>
    </message>
    <message>
      <source>1 warning</source>
      <translation>1 个警告</translation>
    </message>
    <message>
      <source>{n} warnings</source>
      <translation>{n} 个警告</translation>
    </message>
    <message>
      <source>1 note</source>
      <translation>1 条说明</translation>
    </message>
    <message>
      <source>{n} notes</source>
      <translation>{n} 条说明</translation>
    </message>
    <message>
      <source>Problem</source>
      <translation>问题</translation>
    </message>
    <message>
      <source>Count</source>
      <translation>数量</translation>
    </message>
    <message>
      <source>What was found</source>
      <translation>发现的情况</translation>
    </message>
    <message>
      <source>What was done: {did}</source>
      <translation>已做处理：{did}</translation>
    </message>
    <message>
      <source>Repair: {what}</source>
      <translation>修复：{what}</translation>
    </message>
    <message>
      <source>1 repair made</source>
      <translation>已做 1 项修复</translation>
    </message>
    <message>
      <source>{n} repairs made</source>
      <translation>已做 {n} 项修复</translation>
    </message>
    <message>
      <source>Filter: hospital, no power, Substation 3 ...</source>
      <translation>筛选：医院、停电、变电站 3 …</translation>
    </message>
    <message>
      <source>Filter of what happened</source>
      <translation>筛选事件</translation>
    </message>
    <message>
      <source>Run a scenario: what fails, when, and what it follows from will be listed here.</source>
      <translation>运行情景后，此处列出什么在何时失效、由何引起。</translation>
    </message>
    <message>
      <source>Go to this moment and place</source>
      <translation>转到该时刻和地点</translation>
    </message>
    <message>
      <source>Save the list as CSV</source>
      <translation>将列表存为 CSV</translation>
    </message>
    <message>
      <source>Time</source>
      <translation>时间</translation>
    </message>
    <message>
      <source>Object</source>
      <translation>设施</translation>
    </message>
    <message>
      <source>Because of</source>
      <translation>起因</translation>
    </message>
    <message>
      <source>{n:,} things happened</source>
      <translation>共 {n:,} 个事件</translation>
    </message>
    <message>
      <source>and {n:,} more</source>
      <translation>另有 {n:,} 个</translation>
    </message>
    <message>
      <source>more happened; filter to see it</source>
      <translation>还有更多事件；请筛选查看</translation>
    </message>
    <message>
      <source>because</source>
      <translation>因为</translation>
    </message>
    <message>
      <source>From it follow:</source>
      <translation>由此引起：</translation>
    </message>
    <message>
      <source>Depth</source>
      <translation>水深</translation>
    </message>
    <message>
      <source>Water level</source>
      <translation>水位</translation>
    </message>
    <message>
      <source>Speed</source>
      <translation>流速</translation>
    </message>
    <message>
      <source>What the curves show</source>
      <translation>曲线显示的内容</translation>
    </message>
    <message>
      <source>Another scenario, drawn with dashes</source>
      <translation>另一个情景，以虚线绘制</translation>
    </message>
    <message>
      <source>Places of water over time</source>
      <translation>水情过程的地点</translation>
    </message>
    <message>
      <source>Click or drag in the plot: the time shown. Left and Right: one step</source>
      <translation>在图中点击或拖动：设定显示的时刻；左右方向键：移动一步</translation>
    </message>
    <message>
      <source>Compare with nothing</source>
      <translation>不比较</translation>
    </message>
    <message>
      <source>There is no flood to show. Run a scenario with one.</source>
      <translation>没有可显示的洪水。请运行带洪水的情景。</translation>
    </message>
    <message>
      <source>Reading…</source>
      <translation>正在读取…</translation>
    </message>
    <message>
      <source>This city has no heights of the ground: only the depth is known.</source>
      <translation>这座城市没有地面高程：只知道水深。</translation>
    </message>
    <message>
      <source>This result does not tell the speed of the water.</source>
      <translation>此结果不含流速。</translation>
    </message>
    <message>
      <source>at most {values}</source>
      <translation>最大 {values}</translation>
    </message>
    <message>
      <source>{name}; dashed: {other}</source>
      <translation>{name}；虚线：{other}</translation>
    </message>
    <message>
      <source>Click another place in the view</source>
      <translation>在视图中点击另一个地点</translation>
    </message>
    <message>
      <source>Copy the values, to paste into a table</source>
      <translation>复制数值，可粘贴到表格</translation>
    </message>
    <message>
      <source>Save the values as CSV</source>
      <translation>将数值保存为 CSV</translation>
    </message>
    <message>
      <source>Save the curves as a picture</source>
      <translation>将曲线保存为图片</translation>
    </message>
    <message>
      <source>Remove the places chosen</source>
      <translation>移除所选地点</translation>
    </message>
    <message>
      <source>Remove all places; Undo brings them back</source>
      <translation>移除所有地点；撤销可恢复</translation>
    </message>
    <message>
      <source>Greatest depth</source>
      <translation>最大水深</translation>
    </message>
    <message>
      <source>At</source>
      <translation>时刻</translation>
    </message>
    <message>
      <source>Run a scenario with a flood first. Then click places in the view: the depth of water over time appears here.</source>
      <translation>请先运行带洪水的情景，然后在视图中点击地点：该处水深随时间的变化会显示在这里。</translation>
    </message>
    <message>
      <source>Compare with {name}</source>
      <translation>与 {name} 比较</translation>
    </message>
    <message>
      <source>Click a place in the view with Tools &gt; Water over time here, or with the right mouse button.</source>
      <translation>用“工具 &gt; 此处水情过程”或鼠标右键点击视图中的地点。</translation>
    </message>
    <message>
      <source>Attributes</source>
      <translation>属性</translation>
    </message>
    <message>
      <source>Click a building, road or other thing in the view, or a row of a table, to read all about it.</source>
      <translation>点击视图中的建筑、道路等对象或表中的一行，查看其全部信息。</translation>
    </message>
    <message>
      <source>Result: {name}</source>
      <translation>结果：{name}</translation>
    </message>
    <message>
      <source>Why?</source>
      <translation>为什么？</translation>
    </message>
    <message>
      <source>What followed</source>
      <translation>后续影响</translation>
    </message>
    <message>
      <source>Summary</source>
      <translation>汇总</translation>
    </message>
    <message>
      <source>Copy value</source>
      <translation>复制值</translation>
    </message>
    <message>
      <source>Copy all</source>
      <translation>全部复制</translation>
    </message>
    <message>
      <source>{n:,} selected</source>
      <translation>已选 {n:,} 个</translation>
    </message>
    <message>
      <source>Name</source>
      <translation>名称</translation>
    </message>
    <message>
      <source>Licence</source>
      <translation>许可</translation>
    </message>
    <message>
      <source>Credit</source>
      <translation>署名</translation>
    </message>
    <message>
      <source>Date</source>
      <translation>日期</translation>
    </message>
    <message>
      <source>File</source>
      <translation>文件</translation>
    </message>
    <message>
      <source>Results</source>
      <translation>结果</translation>
    </message>
    <message>
      <source>Live</source>
      <translation>实时</translation>
    </message>
    <message>
      <source>Facilities</source>
      <translation>设施</translation>
    </message>
    <message>
      <source>Networks</source>
      <translation>网络</translation>
    </message>
    <message>
      <source>City</source>
      <translation>城市</translation>
    </message>
    <message>
      <source>Base map</source>
      <translation>底图</translation>
    </message>
    <message>
      <source>Layers</source>
      <translation>图层</translation>
    </message>
    <message>
      <source>The layers of a city appear here once one is open.</source>
      <translation>打开城市后，其图层显示在此处。</translation>
    </message>
    <message>
      <source>Zoom to the layer</source>
      <translation>缩放到图层</translation>
    </message>
    <message>
      <source>Show only this one of its group</source>
      <translation>本组中只显示此图层</translation>
    </message>
    <message>
      <source>show only {layer}</source>
      <translation>只显示 {layer}</translation>
    </message>
    <message>
      <source>Licence: {licence}</source>
      <translation>许可：{licence}</translation>
    </message>
    <message>
      <source>As of {date}</source>
      <translation>截至 {date}</translation>
    </message>
    <message>
      <source>Log</source>
      <translation>日志</translation>
    </message>
    <message>
      <source>Values of the measurement chosen</source>
      <translation>所选测量的数值</translation>
    </message>
    <message>
      <source>Cut and fill against</source>
      <translation>挖填方基准</translation>
    </message>
    <message>
      <source>Level</source>
      <translation>高程</translation>
    </message>
    <message>
      <source>Fly to what is in the way</source>
      <translation>飞往遮挡物</translation>
    </message>
    <message>
      <source>Take a tool from Tools &gt; Measure: what it gives stays here, and in the view, until it is cleared.</source>
      <translation>从“工具 &gt; 测量”中选用工具：结果保留在此处和视图中，直至清空。</translation>
    </message>
    <message>
      <source>Copy</source>
      <translation>复制</translation>
    </message>
    <message>
      <source>Copy the measurements chosen, or all, as a table (Ctrl+C)</source>
      <translation>将所选或全部测量复制为表格 (Ctrl+C)</translation>
    </message>
    <message>
      <source>Export…</source>
      <translation>导出…</translation>
    </message>
    <message>
      <source>Write them as CSV or GeoPackage, a viewshed or hours of sun as GeoTIFF too</source>
      <translation>写为 CSV 或 GeoPackage；视域和日照时数还可写为 GeoTIFF</translation>
    </message>
    <message>
      <source>Remove</source>
      <translation>移除</translation>
    </message>
    <message>
      <source>Remove the measurements chosen (Del); Undo brings them back</source>
      <translation>移除所选测量 (Del)；可以撤销</translation>
    </message>
    <message>
      <source>Clear</source>
      <translation>清空</translation>
    </message>
    <message>
      <source>Measurement</source>
      <translation>测量</translation>
    </message>
    <message>
      <source>Result</source>
      <translation>结果</translation>
    </message>
    <message>
      <source>Value</source>
      <translation>数值</translation>
    </message>
    <message>
      <source>One measurement</source>
      <translation>1 项测量</translation>
    </message>
    <message>
      <source>{n} measurements</source>
      <translation>{n} 项测量</translation>
    </message>
    <message>
      <source>Everything</source>
      <translation>全部</translation>
    </message>
    <message>
      <source>Ground and water</source>
      <translation>地面和水</translation>
    </message>
    <message>
      <source>True heights</source>
      <translation>真实比例</translation>
    </message>
    <message>
      <source>What the heights show: everything, ground and water alone, or the same scale up as along</source>
      <translation>高程显示范围：全部、仅地面和水，或纵横同一比例</translation>
    </message>
    <message>
      <source>Scale of heights</source>
      <translation>高程比例</translation>
    </message>
    <message>
      <source>Draw a line with Tools &gt; Section: ground, buildings and the water of the result appear here.</source>
      <translation>用“工具 &gt; 剖面”画一条线：地面、建筑和结果中的水会显示在此处。</translation>
    </message>
    <message>
      <source>Volume passed towards the {way}, less what flowed back; worked out from the moments kept.</source>
      <translation>向{way}流过的水量，已扣除回流；由保存的各时刻算出。</translation>
    </message>
    <message>
      <source>This result does not tell which way the water flows. Run the scenario again to see it.</source>
      <translation>此结果不含水流方向。请重新运行情景以查看。</translation>
    </message>
    <message>
      <source>building</source>
      <translation>建筑</translation>
    </message>
    <message>
      <source>Draw another line through the city</source>
      <translation>在城市中另画一条线</translation>
    </message>
    <message>
      <source>Save the profile as a picture</source>
      <translation>将剖面图保存为图片</translation>
    </message>
    <message>
      <source>Save the profile as CSV: ground, roofs and water along the line</source>
      <translation>将剖面图保存为 CSV：沿线的地面、屋顶和水</translation>
    </message>
    <message>
      <source>Take the line out of the view</source>
      <translation>从视图中移除此线</translation>
    </message>
    <message>
      <source>Copy the flow over time, to paste into a table</source>
      <translation>复制流量过程，可粘贴到表格</translation>
    </message>
    <message>
      <source>Save the flow over time as CSV</source>
      <translation>将流量过程保存为 CSV</translation>
    </message>
    <message>
      <source>Nothing flows through the line</source>
      <translation>没有水流穿过该线</translation>
    </message>
    <message>
      <source>{v} towards the {way}</source>
      <translation>{v} 流向{way}</translation>
    </message>
    <message>
      <source>at most {q} at {time}</source>
      <translation>最大 {q}，在 {time}</translation>
    </message>
    <message>
      <source>{d} of the line are not counted: houses, rivers and lakes, or outside.</source>
      <translation>该线有 {d} 未计入：房屋、河湖或计算范围之外。</translation>
    </message>
    <message>
      <source>{d} long</source>
      <translation>长 {d}</translation>
    </message>
    <message>
      <source>ground {low} to {high}</source>
      <translation>地面 {low} 至 {high}</translation>
    </message>
    <message>
      <source>{n} buildings cut</source>
      <translation>切过 {n} 栋建筑</translation>
    </message>
    <message>
      <source>ground {z}</source>
      <translation>地面 {z}</translation>
    </message>
    <message>
      <source>at most {d} (dashed)</source>
      <translation>最高 {d}（虚线）</translation>
    </message>
    <message>
      <source>water up to {d} deep</source>
      <translation>水深最大 {d}</translation>
    </message>
    <message>
      <source>water {d} deep</source>
      <translation>水深 {d}</translation>
    </message>
    <message>
      <source>at most {d}</source>
      <translation>最高 {d}</translation>
    </message>
    <message>
      <source>level unknown</source>
      <translation>高程未知</translation>
    </message>
    <message>
      <source>Open a city, then ask what would happen: press Cloudburst for a first answer.</source>
      <translation>打开一座城市，然后提问会发生什么：按“暴雨”即可得到第一个答案。</translation>
    </message>
    <message>
      <source>Run this scenario (Ctrl+R)</source>
      <translation>运行此情景 (Ctrl+R)</translation>
    </message>
    <message>
      <source>New scenario of a hazard</source>
      <translation>新建灾害情景</translation>
    </message>
    <message>
      <source>Preview each change: a first answer on coarse cells, refined while you look</source>
      <translation>预览每次更改：先在粗网格上给出初步结果，随后在查看时细化</translation>
    </message>
    <message>
      <source>Branch: a new scenario that starts as this one is</source>
      <translation>分支：以此情景为起点的新情景</translation>
    </message>
    <message>
      <source>Remove this scenario</source>
      <translation>移除此情景</translation>
    </message>
    <message>
      <source>stale</source>
      <translation>已过时</translation>
    </message>
    <message>
      <source>Something changed since this result was computed. Run again to bring it up to date.</source>
      <translation>此结果算出后内容已有更改。再次运行即可更新。</translation>
    </message>
    <message>
      <source>Remove it from this scenario</source>
      <translation>从此情景中移除</translation>
    </message>
    <message>
      <source>{s:.0f} s left</source>
      <translation>剩余 {s:.0f} 秒</translation>
    </message>
    <message>
      <source>Add a hazard to this scenario</source>
      <translation>向此情景添加灾害</translation>
    </message>
    <message>
      <source>remove {name}</source>
      <translation>移除{name}</translation>
    </message>
    <message>
      <source>change {name}</source>
      <translation>更改 {name}</translation>
    </message>
    <message>
      <source>Measures</source>
      <translation>措施</translation>
    </message>
    <message>
      <source>None yet: this is the city as it is.</source>
      <translation>尚无：这是城市的现状。</translation>
    </message>
    <message>
      <source>running</source>
      <translation>运行中</translation>
    </message>
    <message>
      <source>preview</source>
      <translation>预览</translation>
    </message>
    <message>
      <source>cancelled</source>
      <translation>已取消</translation>
    </message>
    <message>
      <source>Clock</source>
      <translation>时钟</translation>
    </message>
    <message>
      <source>What happens</source>
      <translation>发生什么</translation>
    </message>
    <message>
      <source>For the objects selected, or draw an area in the view.</source>
      <translation>用于所选对象，或在视图中绘制区域。</translation>
    </message>
    <message>
      <source>Measure</source>
      <translation>措施</translation>
    </message>
    <message>
      <source>Cost</source>
      <translation>费用</translation>
    </message>
    <message>
      <source>{n:,.0f} per metre</source>
      <translation>每米 {n:,.0f}</translation>
    </message>
    <message>
      <source>{n:,.0f} per m³/s</source>
      <translation>每 m³/s {n:,.0f}</translation>
    </message>
    <message>
      <source>A first answer on cells of {m:g} m. Run gives the full one.</source>
      <translation>在{m:g}米网格上的初步结果。点击“运行”得到完整结果。</translation>
    </message>
    <message>
      <source>First guess without a source: {guess}. Put in your own figure.</source>
      <translation>初步估计，没有来源：{guess}。请填入自己的数值。</translation>
    </message>
    <message>
      <source>Draw a line in the view.</source>
      <translation>在视图中绘制一条线。</translation>
    </message>
    <message>
      <source>Draw an area in the view.</source>
      <translation>在视图中绘制一个区域。</translation>
    </message>
    <message>
      <source>Click a place in the view.</source>
      <translation>在视图中点击一个位置。</translation>
    </message>
    <message>
      <source>For the objects selected.</source>
      <translation>用于所选对象。</translation>
    </message>
    <message>
      <source>{s:.0f} s</source>
      <translation>{s:.0f} 秒</translation>
    </message>
    <message>
      <source>State</source>
      <translation>状态</translation>
    </message>
    <message>
      <source>Sensor</source>
      <translation>传感器</translation>
    </message>
    <message>
      <source>Observes</source>
      <translation>观测量</translation>
    </message>
    <message>
      <source>Unit</source>
      <translation>单位</translation>
    </message>
    <message>
      <source>Age</source>
      <translation>时效</translation>
    </message>
    <message>
      <source>Trend</source>
      <translation>趋势</translation>
    </message>
    <message>
      <source>Normal</source>
      <translation>正常</translation>
    </message>
    <message>
      <source>Stale</source>
      <translation>过时</translation>
    </message>
    <message>
      <source>Warning</source>
      <translation>预警</translation>
    </message>
    <message>
      <source>Alert</source>
      <translation>警报</translation>
    </message>
    <message>
      <source>Quality: {flag}</source>
      <translation>质量：{flag}</translation>
    </message>
    <message>
      <source>Nothing heard</source>
      <translation>尚未收到</translation>
    </message>
    <message>
      <source>No feed</source>
      <translation>无数据流</translation>
    </message>
    <message>
      <source>{n:,} sensors known</source>
      <translation>已知 {n:,} 个传感器</translation>
    </message>
    <message>
      <source>simulated feed</source>
      <translation>模拟数据流</translation>
    </message>
    <message>
      <source>{n:,} sensors</source>
      <translation>{n:,} 个传感器</translation>
    </message>
    <message>
      <source>{n:,} readings</source>
      <translation>{n:,} 条读数</translation>
    </message>
    <message>
      <source>starting</source>
      <translation>正在启动</translation>
    </message>
    <message>
      <source>connected</source>
      <translation>已连接</translation>
    </message>
    <message>
      <source>waiting</source>
      <translation>等待中</translation>
    </message>
    <message>
      <source>playing</source>
      <translation>播放中</translation>
    </message>
    <message>
      <source>paused</source>
      <translation>已暂停</translation>
    </message>
    <message>
      <source>ended</source>
      <translation>已结束</translation>
    </message>
    <message>
      <source>failed</source>
      <translation>失败</translation>
    </message>
    <message>
      <source>stopped</source>
      <translation>已停止</translation>
    </message>
    <message>
      <source>{n:,} duplicates</source>
      <translation>{n:,} 条重复</translation>
    </message>
    <message>
      <source>{n:,} contradictory</source>
      <translation>{n:,} 条矛盾</translation>
    </message>
    <message>
      <source>{n:,} gaps</source>
      <translation>{n:,} 处缺口</translation>
    </message>
    <message>
      <source>{n:,} late</source>
      <translation>{n:,} 条迟到</translation>
    </message>
    <message>
      <source>{n:,} malformed</source>
      <translation>{n:,} 条格式错误</translation>
    </message>
    <message>
      <source>{n:,} dropped</source>
      <translation>{n:,} 条丢弃</translation>
    </message>
    <message>
      <source>{n:,} unstored</source>
      <translation>{n:,} 条未存储</translation>
    </message>
    <message>
      <source>{n:,} suspect</source>
      <translation>{n:,} 条可疑</translation>
    </message>
    <message>
      <source>{n:,} failed</source>
      <translation>{n:,} 条失败</translation>
    </message>
    <message>
      <source>{n:,} missing</source>
      <translation>{n:,} 条缺失</translation>
    </message>
    <message>
      <source>{n:,} reconnects</source>
      <translation>重连 {n:,} 次</translation>
    </message>
    <message>
      <source>{n:,} without a place</source>
      <translation>{n:,} 个无位置</translation>
    </message>
    <message>
      <source>{n:,} outside this city</source>
      <translation>{n:,} 个在本城之外</translation>
    </message>
    <message>
      <source>recording, paused</source>
      <translation>录制数据，已暂停</translation>
    </message>
    <message>
      <source>recording, {rate:g} x</source>
      <translation>录制数据，{rate:g} 倍速</translation>
    </message>
    <message>
      <source>Demo feed</source>
      <translation>演示数据</translation>
    </message>
    <message>
      <source>Simulated sensors of this city through a broker on this machine; nothing is measured</source>
      <translation>通过本机消息服务器的模拟传感器；并非实测</translation>
    </message>
    <message>
      <source>Replay…</source>
      <translation>回放…</translation>
    </message>
    <message>
      <source>Recorded readings: UK floods 2014 TSV, Shanghai air CSV, or any CSV with id, time, value</source>
      <translation>已记录的读数：英国 2014 年洪水 TSV、上海空气 CSV，或任何含编号、时间、数值的 CSV</translation>
    </message>
    <message>
      <source>MQTT…</source>
      <translation>MQTT…</translation>
    </message>
    <message>
      <source>Stop</source>
      <translation>停止</translation>
    </message>
    <message>
      <source>Connect to an MQTT broker</source>
      <translation>连接 MQTT 服务器</translation>
    </message>
    <message>
      <source>Filter: name, kind, alert, stale …</source>
      <translation>筛选：名称、类别、警报、过时……</translation>
    </message>
    <message>
      <source>Scenario from rain</source>
      <translation>按实测雨量推演</translation>
    </message>
    <message>
      <source>Start a cloudburst scenario from the rain measured in the last three hours</source>
      <translation>以最近三小时实测降雨启动暴雨情景</translation>
    </message>
    <message>
      <source>Encrypted (TLS)</source>
      <translation>加密 (TLS)</translation>
    </message>
    <message>
      <source>Connect</source>
      <translation>连接</translation>
    </message>
    <message>
      <source>Replay recorded readings</source>
      <translation>回放已记录的读数</translation>
    </message>
    <message>
      <source>Readings (*.tsv *.csv *.txt)</source>
      <translation>读数 (*.tsv *.csv *.txt)</translation>
    </message>
    <message>
      <source>Host</source>
      <translation>主机</translation>
    </message>
    <message>
      <source>Port</source>
      <translation>端口</translation>
    </message>
    <message>
      <source>Site (+ for all)</source>
      <translation>站点（+ 为全部）</translation>
    </message>
    <message>
      <source>User</source>
      <translation>用户</translation>
    </message>
    <message>
      <source>Password</source>
      <translation>密码</translation>
    </message>
    <message>
      <source>No rain was measured in this city in the last three hours</source>
      <translation>最近三小时本城未测到降雨</translation>
    </message>
    <message>
      <source>Histogram</source>
      <translation>直方图</translation>
    </message>
    <message>
      <source>median {value}</source>
      <translation>中位数 {value}</translation>
    </message>
    <message>
      <source>mean {value}, of {n:,} rows</source>
      <translation>平均 {value}，共 {n:,} 行</translation>
    </message>
    <message>
      <source>{n:,} other values</source>
      <translation>其他 {n:,} 个值</translation>
    </message>
    <message>
      <source>{n:,} unknown</source>
      <translation>{n:,} 个未知</translation>
    </message>
    <message>
      <source>Arrows</source>
      <translation>箭头</translation>
    </message>
    <message>
      <source>Streaks</source>
      <translation>流线</translation>
    </message>
    <message>
      <source>Opacity</source>
      <translation>不透明度</translation>
    </message>
    <message>
      <source>Style</source>
      <translation>样式</translation>
    </message>
    <message>
      <source>Which way the water flows at the time shown, coloured by its speed; streaks move while View &gt; Motion is on</source>
      <translation>所示时刻的水流方向，按流速着色；打开“视图 &gt; 视图动态效果”时流线会移动</translation>
    </message>
    <message>
      <source>Colour</source>
      <translation>颜色</translation>
    </message>
    <message>
      <source>By</source>
      <translation>依据</translation>
    </message>
    <message>
      <source>Palette</source>
      <translation>色带</translation>
    </message>
    <message>
      <source>From</source>
      <translation>从</translation>
    </message>
    <message>
      <source>To</source>
      <translation>到</translation>
    </message>
    <message>
      <source>continuous</source>
      <translation>连续</translation>
    </message>
    <message>
      <source>Classes</source>
      <translation>分级</translation>
    </message>
    <message>
      <source>One colour</source>
      <translation>单一颜色</translation>
    </message>
    <message>
      <source>Ramp by number</source>
      <translation>按数值渐变</translation>
    </message>
    <message>
      <source>Colour per value</source>
      <translation>按值分色</translation>
    </message>
    <message>
      <source>As in the source</source>
      <translation>按数据源显示</translation>
    </message>
    <message>
      <source>Width by</source>
      <translation>宽度依据</translation>
    </message>
    <message>
      <source>as usual</source>
      <translation>默认</translation>
    </message>
    <message>
      <source>At its depth, as tubes</source>
      <translation>按埋深显示为管状</translation>
    </message>
    <message>
      <source>Below the ground, where it lies; seen once the ground is faded or from below</source>
      <translation>位于地下实际埋深；地面淡化后或从地下可见</translation>
    </message>
    <message>
      <source>Arrows the way it flows</source>
      <translation>流向箭头</translation>
    </message>
    <message>
      <source>Direction of flow</source>
      <translation>水流方向</translation>
    </message>
    <message>
      <source>not shown</source>
      <translation>不显示</translation>
    </message>
    <message>
      <source>as it came</source>
      <translation>原始数据</translation>
    </message>
    <message>
      <source>{n} values</source>
      <translation>{n} 个值</translation>
    </message>
    <message>
      <source>N</source>
      <translation>北</translation>
    </message>
    <message>
      <source>NNE</source>
      <translation>北东北</translation>
    </message>
    <message>
      <source>NE</source>
      <translation>东北</translation>
    </message>
    <message>
      <source>ENE</source>
      <translation>东东北</translation>
    </message>
    <message>
      <source>E</source>
      <translation>东</translation>
    </message>
    <message>
      <source>ESE</source>
      <translation>东东南</translation>
    </message>
    <message>
      <source>SE</source>
      <translation>东南</translation>
    </message>
    <message>
      <source>SSE</source>
      <translation>南东南</translation>
    </message>
    <message>
      <source>S</source>
      <translation>南</translation>
    </message>
    <message>
      <source>SSW</source>
      <translation>南西南</translation>
    </message>
    <message>
      <source>SW</source>
      <translation>西南</translation>
    </message>
    <message>
      <source>WSW</source>
      <translation>西西南</translation>
    </message>
    <message>
      <source>W</source>
      <translation>西</translation>
    </message>
    <message>
      <source>WNW</source>
      <translation>西西北</translation>
    </message>
    <message>
      <source>NW</source>
      <translation>西北</translation>
    </message>
    <message>
      <source>NNW</source>
      <translation>北西北</translation>
    </message>
    <message>
      <source>Time of day</source>
      <translation>时刻</translation>
    </message>
    <message>
      <source>Time of day: drag, or arrow keys by ten minutes</source>
      <translation>时刻：拖动，或用方向键每次十分钟</translation>
    </message>
    <message>
      <source>Let the day pass</source>
      <translation>播放一天</translation>
    </message>
    <message>
      <source>Now</source>
      <translation>现在</translation>
    </message>
    <message>
      <source>The sun as it stands over this city at this moment</source>
      <translation>此刻本城上空的太阳位置</translation>
    </message>
    <message>
      <source>Plain light</source>
      <translation>普通光照</translation>
    </message>
    <message>
      <source>The afternoon without a date that every city is first seen in</source>
      <translation>城市初次显示时不带日期的午后光照</translation>
    </message>
    <message>
      <source>As the scenario's clock</source>
      <translation>跟随情景时钟</translation>
    </message>
    <message>
      <source>The timeline moves the sun too</source>
      <translation>时间轴同时移动太阳</translation>
    </message>
    <message>
      <source>Sun {up:.0f}° above the horizon, {way} {azimuth:.0f}° · {zone}</source>
      <translation>太阳高度角 {up:.0f}°，方位 {way} {azimuth:.0f}° · {zone}</translation>
    </message>
    <message>
      <source>Sun {down:.0f}° below the horizon · {zone}</source>
      <translation>太阳在地平线下 {down:.0f}° · {zone}</translation>
    </message>
    <message>
      <source>polar day</source>
      <translation>极昼</translation>
    </message>
    <message>
      <source>polar night</source>
      <translation>极夜</translation>
    </message>
    <message>
      <source>Drag the bar to give the city a date and an hour.</source>
      <translation>拖动时间条，为城市指定日期和时刻。</translation>
    </message>
    <message>
      <source>Sunrise</source>
      <translation>日出</translation>
    </message>
    <message>
      <source>Noon</source>
      <translation>正午</translation>
    </message>
    <message>
      <source>Sunset</source>
      <translation>日落</translation>
    </message>
    <message>
      <source>Layer</source>
      <translation>图层</translation>
    </message>
    <message>
      <source>Filter: words, or height_m &gt; 100 and use = office</source>
      <translation>筛选：文字，或 height_m &gt; 100 and use = office</translation>
    </message>
    <message>
      <source>Fly to the rows selected</source>
      <translation>飞往所选行</translation>
    </message>
    <message>
      <source>Show only the rows selected</source>
      <translation>只显示所选行</translation>
    </message>
    <message>
      <source>Select all rows shown</source>
      <translation>选择所有显示的行</translation>
    </message>
    <message>
      <source>Table of {layer}</source>
      <translation>{layer} 的属性表</translation>
    </message>
    <message>
      <source>{n:,} rows</source>
      <translation>{n:,} 行</translation>
    </message>
    <message>
      <source>{k:,} of {n:,} rows</source>
      <translation>{n:,} 行中的 {k:,} 行</translation>
    </message>
    <message>
      <source>Table</source>
      <translation>表格</translation>
    </message>
    <message>
      <source>Play or pause (F9)</source>
      <translation>播放或暂停 (F9)</translation>
    </message>
    <message>
      <source>One step back</source>
      <translation>后退一步</translation>
    </message>
    <message>
      <source>One step ahead</source>
      <translation>前进一步</translation>
    </message>
    <message>
      <source>What the timeline moves: the result of the scenario, or the recorded readings</source>
      <translation>时间轴控制的对象：情景结果或记录的读数</translation>
    </message>
    <message>
      <source>What the timeline moves</source>
      <translation>时间轴控制的对象</translation>
    </message>
    <message>
      <source>Speed of play</source>
      <translation>播放速度</translation>
    </message>
    <message>
      <source>recorded</source>
      <translation>记录</translation>
    </message>
    <message>
      <source>Recording</source>
      <translation>记录回放</translation>
    </message>
    <message>
      <source>no result yet</source>
      <translation>尚无结果</translation>
    </message>
    <message>
      <source>Click from point to point; double click or Enter ends, Backspace takes a point back, Esc puts the tool away</source>
      <translation>逐点点击；双击或回车结束，退格键撤回一点，Esc 收起工具</translation>
    </message>
    <message>
      <source>Click two points, a roof and the ground below it for instance; Esc puts the tool away</source>
      <translation>点击两点，例如屋顶及其下方地面；Esc 收起工具</translation>
    </message>
    <message>
      <source>Click around the area; double click or Enter ends, Backspace takes a point back, Esc puts the tool away</source>
      <translation>沿区域边界点击；双击或回车结束，退格键撤回一点，Esc 收起工具</translation>
    </message>
    <message>
      <source>Click along the way; double click or Enter ends, Esc puts the tool away</source>
      <translation>沿路线点击；双击或回车结束，Esc 收起工具</translation>
    </message>
    <message>
      <source>Click around the ground or the buildings; double click or Enter ends, Esc puts the tool away</source>
      <translation>沿地面或建筑四周点击；双击或回车结束，Esc 收起工具</translation>
    </message>
    <message>
      <source>Click where the eye is, then what it looks at; Esc puts the tool away</source>
      <translation>先点击视点，再点击目标；Esc 收起工具</translation>
    </message>
    <message>
      <source>Click where the eye is; Esc puts the tool away</source>
      <translation>点击视点；Esc 收起工具</translation>
    </message>
    <message>
      <source>Click the middle of the place; Esc puts the tool away</source>
      <translation>点击区域中心；Esc 收起工具</translation>
    </message>
    <message>
      <source>Click along the line; double click or Enter ends, Esc puts the tool away</source>
      <translation>沿线点击；双击或回车结束，Esc 收起工具</translation>
    </message>
    <message>
      <source>Click the places you ask about, up to eight; Esc puts the tool away</source>
      <translation>点击想了解的地点，最多八个；按 Esc 收起工具</translation>
    </message>
    <message>
      <source>Lowest point of the rim</source>
      <translation>边界最低点</translation>
    </message>
    <message>
      <source>Plane through the rim</source>
      <translation>边界拟合平面</translation>
    </message>
    <message>
      <source>Eye above</source>
      <translation>视点高度</translation>
    </message>
    <message>
      <source>Target above</source>
      <translation>目标高度</translation>
    </message>
    <message>
      <source>Look for things of</source>
      <translation>目标高度</translation>
    </message>
    <message>
      <source>Towards</source>
      <translation>朝向</translation>
    </message>
    <message>
      <source>Angle of view</source>
      <translation>视角</translation>
    </message>
    <message>
      <source>Put the tool away (Esc)</source>
      <translation>收起工具 (Esc)</translation>
    </message>
    <message>
      <source>Against</source>
      <translation>基准面</translation>
    </message>
    <message>
      <source>power</source>
      <translation>电力</translation>
    </message>
    <message>
      <source>water</source>
      <translation>供水</translation>
    </message>
    <message>
      <source>connection</source>
      <translation>通信</translation>
    </message>
    <message>
      <source>How long each failure lasts</source>
      <translation>每次失效的持续时间</translation>
    </message>
    <message>
      <source>two together</source>
      <translation>两两组合</translation>
    </message>
    <message>
      <source>Also let every two of the worst fail together</source>
      <translation>并让最严重者两两同时失效</translation>
    </message>
    <message>
      <source>Filter</source>
      <translation>筛选</translation>
    </message>
    <message>
      <source>Which single substation, pump, line or mast hurts most when it fails? Press the magnifier to find out.</source>
      <translation>哪一座变电站、水泵、线路或基站失效影响最大？点击放大镜查找。</translation>
    </message>
    <message>
      <source>Let each object fail alone and see what follows</source>
      <translation>逐一令各设施失效，查看后果</translation>
    </message>
    <message>
      <source>Run the ten worst whole, with hydraulics</source>
      <translation>完整模拟最严重的十个（含水力计算）</translation>
    </message>
    <message>
      <source>Make a scenario of this failure</source>
      <translation>用此失效新建情景</translation>
    </message>
    <message>
      <source>Save the ranking as CSV</source>
      <translation>将排序存为 CSV</translation>
    </message>
    <message>
      <source>Kind</source>
      <translation>类型</translation>
    </message>
    <message>
      <source>Person-hours without service</source>
      <translation>服务中断人时</translation>
    </message>
    <message>
      <source>of them {what}</source>
      <translation>其中{what}</translation>
    </message>
    <message>
      <source>Hours of facilities down</source>
      <translation>设施停用小时数</translation>
    </message>
    <message>
      <source>Run whole</source>
      <translation>已完整模拟</translation>
    </message>
    <message>
      <source>Nobody is served by what could fail: all are equal.</source>
      <translation>可失效对象均不服务任何人：排名无差别。</translation>
    </message>
    <message>
      <source>{n:,} failures tried</source>
      <translation>已试 {n:,} 种失效</translation>
    </message>
    <message>
      <source>As the view</source>
      <translation>与视图相同</translation>
    </message>
    <message>
      <source>Slide 16:9</source>
      <translation>幻灯片 16:9</translation>
    </message>
    <message>
      <source>Full HD</source>
      <translation>全高清</translation>
    </message>
    <message>
      <source>4K</source>
      <translation>4K</translation>
    </message>
    <message>
      <source>A4 landscape, 150 dpi</source>
      <translation>A4 横向，150 dpi</translation>
    </message>
    <message>
      <source>A3 landscape, 150 dpi</source>
      <translation>A3 横向，150 dpi</translation>
    </message>
    <message>
      <source>Square</source>
      <translation>方形</translation>
    </message>
    <message>
      <source>Other</source>
      <translation>其他</translation>
    </message>
    <message>
      <source>HD 720p</source>
      <translation>高清 720p</translation>
    </message>
    <message>
      <source>Full HD 1080p</source>
      <translation>全高清 1080p</translation>
    </message>
    <message>
      <source>none</source>
      <translation>无</translation>
    </message>
    <message>
      <source>All views (otherwise the one in use)</source>
      <translation>全部视图（否则仅当前视图）</translation>
    </message>
    <message>
      <source>Badge, date of the data and credits are always in it.</source>
      <translation>标识、数据日期和署名始终包含在内。</translation>
    </message>
    <message>
      <source>Save…</source>
      <translation>保存…</translation>
    </message>
    <message>
      <source>Copy to clipboard</source>
      <translation>复制到剪贴板</translation>
    </message>
    <message>
      <source>Legend</source>
      <translation>图例</translation>
    </message>
    <message>
      <source>Make film…</source>
      <translation>制作影片…</translation>
    </message>
    <message>
      <source>{n} frames. Progress, the time left and Cancel are in the status bar; the window stays usable.</source>
      <translation>{n} 帧。进度、剩余时间和取消按钮在状态栏；窗口可继续使用。</translation>
    </message>
    <message>
      <source>The picture is being drawn, piece by piece.</source>
      <translation>正在分块绘制图片。</translation>
    </message>
    <message>
      <source>{w} × {h} pixels</source>
      <translation>{w} × {h} 像素</translation>
    </message>
    <message>
      <source>Folder of PNG pictures</source>
      <translation>PNG 图片文件夹</translation>
    </message>
    <message>
      <source>For MP4 films install ffmpeg: {how}</source>
      <translation>制作 MP4 影片需安装 ffmpeg：{how}</translation>
    </message>
    <message>
      <source>1× for the screen</source>
      <translation>1×，用于屏幕</translation>
    </message>
    <message>
      <source>2× sharp</source>
      <translation>2×，清晰</translation>
    </message>
    <message>
      <source>4× for print</source>
      <translation>4×，用于印刷</translation>
    </message>
    <message>
      <source>Scale bar and north arrow</source>
      <translation>比例尺和指北针</translation>
    </message>
    <message>
      <source>Names in the city</source>
      <translation>城市中的名称</translation>
    </message>
    <message>
      <source>Size</source>
      <translation>尺寸</translation>
    </message>
    <message>
      <source>Width in pixels</source>
      <translation>宽度（像素）</translation>
    </message>
    <message>
      <source>Height in pixels</source>
      <translation>高度（像素）</translation>
    </message>
    <message>
      <source>Sharpness</source>
      <translation>清晰度</translation>
    </message>
    <message>
      <source>Title in the picture</source>
      <translation>图中标题</translation>
    </message>
    <message>
      <source>Fine, edges smoothed</source>
      <translation>精细，边缘平滑</translation>
    </message>
    <message>
      <source>Draft, four times as fast</source>
      <translation>草稿，快四倍</translation>
    </message>
    <message>
      <source>MP4 film (H.264)</source>
      <translation>MP4 影片 (H.264)</translation>
    </message>
    <message>
      <source>What moves</source>
      <translation>运动方式</translation>
    </message>
    <message>
      <source>Places, in order</source>
      <translation>地点（按顺序）</translation>
    </message>
    <message>
      <source>Length</source>
      <translation>时长</translation>
    </message>
    <message>
      <source>Frames a second</source>
      <translation>每秒帧数</translation>
    </message>
    <message>
      <source>Quality</source>
      <translation>质量</translation>
    </message>
    <message>
      <source>A path needs two bookmarks at least: Ctrl+B keeps the present view as one.</source>
      <translation>路径至少需要两个书签：按 Ctrl+B 将当前视图保留为书签。</translation>
    </message>
    <message>
      <source>Move the view (pinch zooms)</source>
      <translation>移动视图（捏合缩放）</translation>
    </message>
    <message>
      <source>Zoom to the cursor</source>
      <translation>向光标缩放</translation>
    </message>
    <message>
      <source>Light</source>
      <translation>浅色</translation>
    </message>
    <message>
      <source>Dark</source>
      <translation>深色</translation>
    </message>
    <message>
      <source>High contrast</source>
      <translation>高对比度</translation>
    </message>
    <message>
      <source>Preferences</source>
      <translation>首选项</translation>
    </message>
    <message>
      <source>Jump instead of flying</source>
      <translation>直接跳转而不飞行</translation>
    </message>
    <message>
      <source>Language</source>
      <translation>语言</translation>
    </message>
    <message>
      <source>Theme</source>
      <translation>主题</translation>
    </message>
    <message>
      <source>Text size</source>
      <translation>字号</translation>
    </message>
    <message>
      <source>Motion</source>
      <translation>动画</translation>
    </message>
    <message>
      <source>Two fingers on a touchpad</source>
      <translation>触控板双指</translation>
    </message>
    <message>
      <source>Saving {name}</source>
      <translation>正在保存 {name}</translation>
    </message>
    <message>
      <source>{name} was saved by somebody else since. Save the recovered work under another name.</source>
      <translation>{name} 在此之后已被他人保存。请将恢复的内容另存为其他名称。</translation>
    </message>
    <message>
      <source>Autosave</source>
      <translation>自动保存</translation>
    </message>
    <message>
      <source>Saved {path}</source>
      <translation>已保存 {path}</translation>
    </message>
    <message>
      <source>Some results of this project are gone; run the scenarios again.</source>
      <translation>此项目的部分结果已不存在；请重新运行情景。</translation>
    </message>
    <message>
      <source>{name} is open in another window. Save the recovered work under another name.</source>
      <translation>{name} 已在另一个窗口中打开。请将恢复的内容另存为其他名称。</translation>
    </message>
    <message>
      <source>{name} is open in another window. Save under another name.</source>
      <translation>{name} 已在另一窗口中打开。请另存为其他名称。</translation>
    </message>
    <message>
      <source>The look of {layer} could not be restored: {error}</source>
      <translation>无法恢复 {layer} 的外观：{error}</translation>
    </message>
    <message>
      <source>Autosave did not work: {error}</source>
      <translation>自动保存未成功：{error}</translation>
    </message>
    <message>
      <source>Cloudburst 120 mm</source>
      <translation>暴雨 120 mm</translation>
    </message>
    <message>
      <source>Cloudburst, walls and pumps</source>
      <translation>暴雨，加挡水墙和水泵</translation>
    </message>
    <message>
      <source>High river</source>
      <translation>河流高水位</translation>
    </message>
    <message>
      <source>Cloudburst, pumps fail</source>
      <translation>特大暴雨，泵站失效</translation>
    </message>
    <message>
      <source>Cloudburst, sewers computed</source>
      <translation>暴雨，计算管网</translation>
    </message>
    <message>
      <source>Typhoon at spring tide</source>
      <translation>台风遇天文大潮</translation>
    </message>
    <message>
      <source>Breach of the river wall</source>
      <translation>防汛墙溃决</translation>
    </message>
    <message>
      <source>Canal bank gives way</source>
      <translation>运河堤岸决口</translation>
    </message>
    <message>
      <source>Cloudburst of 100 years</source>
      <translation>百年一遇暴雨</translation>
    </message>
    <message>
      <source>High river, steps closed</source>
      <translation>河流高水位，封闭台阶</translation>
    </message>
    <message>
      <source>Two substations lost</source>
      <translation>两座变电站停运</translation>
    </message>
    <message>
      <source>Poison in the water</source>
      <translation>供水投毒</translation>
    </message>
    <message>
      <source>Preview of {name}</source>
      <translation>{name}的预览</translation>
    </message>
    <message>
      <source>Refining {name}</source>
      <translation>正在细化{name}</translation>
    </message>
    <message>
      <source>Comparing {a} and {b}</source>
      <translation>正在比较 {a} 与 {b}</translation>
    </message>
    <message>
      <source>Difference</source>
      <translation>差值</translation>
    </message>
    <message>
      <source>While running {name}</source>
      <translation>运行 {name} 时</translation>
    </message>
    <message>
      <source>Cloudburst</source>
      <translation>暴雨</translation>
    </message>
    <message>
      <source>Where does the water stand after a cloudburst?</source>
      <translation>暴雨之后何处积水？</translation>
    </message>
    <message>
      <source>Reading result</source>
      <translation>正在读取结果</translation>
    </message>
    <message>
      <source>Comparing</source>
      <translation>正在比较</translation>
    </message>
    <message>
      <source>Open the city of this result first, then the result again.</source>
      <translation>请先打开此结果所属的城市，再打开结果。</translation>
    </message>
    <message>
      <source>The city cannot be drawn: this machine has no OpenGL, not even in software. Tables, scenarios, runs and reports work. Install Mesa (Debian and Ubuntu: apt install libegl1 libgl1-mesa-dri) or the driver of the graphics card, and start again.</source>
      <translation>无法绘制城市：本机没有 OpenGL，连软件实现也没有。表格、情景、运行和报告可用。请安装 Mesa（Debian 和 Ubuntu：apt install libegl1 libgl1-mesa-dri）或显卡驱动，然后重新启动。</translation>
    </message>
    <message>
      <source>W A S D or arrows walk, Shift runs, the mouse or Q and E look around. Esc leaves.</source>
      <translation>W A S D 或方向键步行，Shift 奔跑，鼠标或 Q、E 环视。Esc 退出。</translation>
    </message>
    <message>
      <source>W A S D or arrows walk, Shift runs, drag or Q and E look around. Esc leaves.</source>
      <translation>W A S D 或方向键步行，Shift 奔跑，拖动或 Q、E 环视。Esc 退出。</translation>
    </message>
    <message>
      <source>is</source>
      <translation>等于</translation>
    </message>
    <message>
      <source>is not</source>
      <translation>不等于</translation>
    </message>
    <message>
      <source>greater than</source>
      <translation>大于</translation>
    </message>
    <message>
      <source>at least</source>
      <translation>不小于</translation>
    </message>
    <message>
      <source>less than</source>
      <translation>小于</translation>
    </message>
    <message>
      <source>at most</source>
      <translation>不大于</translation>
    </message>
    <message>
      <source>contains</source>
      <translation>包含</translation>
    </message>
    <message>
      <source>begins with</source>
      <translation>开头为</translation>
    </message>
    <message>
      <source>is missing</source>
      <translation>缺失</translation>
    </message>
    <message>
      <source>is known</source>
      <translation>已知</translation>
    </message>
    <message>
      <source>New selection</source>
      <translation>新建选择</translation>
    </message>
    <message>
      <source>Within the selection</source>
      <translation>在选择中筛选</translation>
    </message>
    <message>
      <source>Take this line away</source>
      <translation>移除此行</translation>
    </message>
    <message>
      <source>Select by attribute</source>
      <translation>按属性选择</translation>
    </message>
    <message>
      <source>Condition</source>
      <translation>条件</translation>
    </message>
    <message>
      <source>Another line</source>
      <translation>再加一行</translation>
    </message>
    <message>
      <source>Field</source>
      <translation>字段</translation>
    </message>
    <message>
      <source>Comparison</source>
      <translation>比较</translation>
    </message>
    <message>
      <source>all of these hold</source>
      <translation>满足以下全部条件</translation>
    </message>
    <message>
      <source>any of these holds</source>
      <translation>满足以下任一条件</translation>
    </message>
    <message>
      <source>In</source>
      <translation>在</translation>
    </message>
    <message>
      <source>where</source>
      <translation>中</translation>
    </message>
    <message>
      <source>Choose a field and a value, or write a condition.</source>
      <translation>请选择字段和值，或输入条件。</translation>
    </message>
    <message>
      <source>The city states no dependencies; {n} are assumed: each object leans on the nearest that gives what its kind needs, with usual reserves.</source>
      <translation>城市未注明依赖关系；假定 {n} 条：各设施依赖最近的供给方，备用时长取常用值。</translation>
    </message>
    <message>
      <source>Of the table of dependencies, {said}.</source>
      <translation>依赖关系表中，{said}。</translation>
    </message>
    <message>
      <source>{n} more rows of the table of dependencies cannot be used as they are.</source>
      <translation>依赖关系表另有 {n} 行不能照用。</translation>
    </message>
    <message>
      <source>No row of the table of dependencies can be used</source>
      <translation>依赖关系表中没有可用的行</translation>
    </message>
    <message>
      <source>The city has no '{names}' that could fail</source>
      <translation>城市中没有可失效的“{names}”</translation>
    </message>
    <message>
      <source>The city has no '{names}' where the water could be contaminated</source>
      <translation>城市中没有可投入污染物的“{names}”</translation>
    </message>
    <message>
      <source>Name places of the water network, or buildings, by their id.</source>
      <translation>请以编号指定供水管网节点或建筑。</translation>
    </message>
    <message>
      <source>Select the objects in the view and let them fail, or name them by their id.</source>
      <translation>请在视图中选择对象并使其失效，或以编号指定。</translation>
    </message>
    <message>
      <source>This is no table of dependencies</source>
      <translation>这不是依赖关系表</translation>
    </message>
    <message>
      <source>It needs the columns dependent and provider, and may have {names}.</source>
      <translation>须有列 dependent 和 provider，另可有 {names}。</translation>
    </message>
    <message>
      <source>The table cannot be read: {why}</source>
      <translation>无法读取该表：{why}</translation>
    </message>
    <message>
      <source>Give a CSV file in UTF-8.</source>
      <translation>请提供 UTF-8 编码的 CSV 文件。</translation>
    </message>
    <message>
      <source>Name objects by their id.</source>
      <translation>请用编号指明设施。</translation>
    </message>
    <message>
      <source>How high equipment stands at {n} places is assumed by kind where the city does not state it.</source>
      <translation>城市未注明设备离地高度，{n} 处按类型假定。</translation>
    </message>
    <message>
      <source>The city has no '{names}' and {n} others that could fail; the run goes on without.</source>
      <translation>城市中没有可失效的“{names}”等（另有 {n} 个）；运行继续，不含这些。</translation>
    </message>
    <message>
      <source>The city has no '{names}' that could fail; the run goes on without.</source>
      <translation>城市中没有可失效的“{names}”；运行继续，不含这些。</translation>
    </message>
    <message>
      <source>Nothing is named that fails; state it in 'What fails' or switch it off during the run.</source>
      <translation>未指明失效对象；请在“失效对象”中填写，或在运行中停用。</translation>
    </message>
    <message>
      <source>The city has neither a power nor a water network</source>
      <translation>城市既没有电网，也没有供水管网</translation>
    </message>
    <message>
      <source>Open it with one, or make a plausible one.</source>
      <translation>请连同管网一起打开，或生成推测管网。</translation>
    </message>
    <message>
      <source>Looking at the city</source>
      <translation>正在查看城市</translation>
    </message>
    <message>
      <source>{i} of {n} objects</source>
      <translation>{n} 个设施中的第 {i} 个</translation>
    </message>
    <message>
      <source>{i} of {n} pairs</source>
      <translation>{n} 对设施中的第 {i} 对</translation>
    </message>
    <message>
      <source>{n} orders tried</source>
      <translation>已试 {n} 种顺序</translation>
    </message>
    <message>
      <source>The city has no '{name}' that could be mended</source>
      <translation>城市中没有可修复的“{name}”</translation>
    </message>
    <message>
      <source>An order is sought for 1 to {most} objects</source>
      <translation>抢修顺序只能在 1 至 {most} 个设施间求取</translation>
    </message>
    <message>
      <source>Name those that matter.</source>
      <translation>请指明重要的设施。</translation>
    </message>
    <message>
      <source>There is no crew for {trade}</source>
      <translation>没有{trade}抢修队伍</translation>
    </message>
    <message>
      <source>Set crews_power to one at least.</source>
      <translation>请将电力抢修队伍（crews_power）至少设为 1。</translation>
    </message>
    <message>
      <source>Set crews_water to one at least.</source>
      <translation>请将供水抢修队伍（crews_water）至少设为 1。</translation>
    </message>
    <message>
      <source>Set crews_roads to one at least.</source>
      <translation>请将道路抢修队伍（crews_roads）至少设为 1。</translation>
    </message>
    <message>
      <source>Set crews_sites to one at least.</source>
      <translation>请将设施和泵站抢修队伍（crews_sites）至少设为 1。</translation>
    </message>
    <message>
      <source>No road leads to '{name}'</source>
      <translation>没有道路通往“{name}”</translation>
    </message>
    <message>
      <source>Open a road, or leave it out.</source>
      <translation>请开放一条道路，或将其略去。</translation>
    </message>
    <message>
      <source>The city has no power network; nothing is said about power.</source>
      <translation>城市没有电网；不给出供电结果。</translation>
    </message>
    <message>
      <source>The power network lacks the tables that an alternating-current flow needs; the linear flow is used.</source>
      <translation>电网缺少交流潮流所需的数据表；采用线性潮流。</translation>
    </message>
    <message>
      <source>The alternating-current flow has no answer for a state of the power network ({why}): loads of lines then are those of the linear flow, and no voltages are given.</source>
      <translation>交流潮流在某一电网状态下无解（{why}）：此时线路负载取线性潮流结果，不给出电压。</translation>
    </message>
    <message>
      <source>Dark parts were joined to neighbours over ties that are normally open; ties open again when the usual feed is back.</source>
      <translation>停电区域经常开联络线转由相邻区域供电；正常供电恢复后联络线断开。</translation>
    </message>
    <message>
      <source>Lines that carried too much were opened by their protection.</source>
      <translation>过载线路由保护动作跳闸。</translation>
    </message>
    <message>
      <source>{n} lines ({names}) of the power network begin where they end: they are left out.</source>
      <translation>电网中 {n} 条线路（{names}）首尾同点：已略去。</translation>
    </message>
    <message>
      <source>{n} line ({names}) of the power network begin where they end: they are left out.</source>
      <translation>电网中 {n} 条线路（{names}）首尾同点：已略去。</translation>
    </message>
    <message>
      <source>The power network shows no connection to a larger grid: its {n} substations are taken as fed from outside.</source>
      <translation>电网未注明与上级电网的连接：其 {n} 座变电站视为由外部供电。</translation>
    </message>
    <message>
      <source>The power network shows no grid connection, substation or generator: nothing is said about power.</source>
      <translation>电网中没有上级电网接入点、变电站或发电机：不给出供电结果。</translation>
    </message>
    <message>
      <source>The power network states no loads: lines are taken as unloaded, supply as on or off.</source>
      <translation>电网未注明负荷：线路视为空载，供电只分有无。</translation>
    </message>
    <message>
      <source>{n} lines ({names}) state no rating: without one of them set, they carry whatever flows.</source>
      <translation>{n} 条线路（{names}）未注明额定容量：若不设定，则不限容量。</translation>
    </message>
    <message>
      <source>{n} line ({names}) state no rating: without one of them set, they carry whatever flows.</source>
      <translation>{n} 条线路（{names}）未注明额定容量：若不设定，则不限容量。</translation>
    </message>
    <message>
      <source>{n} power lines carry more than the rating stated when all is well ({names}): that load is taken as the limit.</source>
      <translation>{n} 条电力线路正常时即超过所注明的额定容量（{names}）：以该负载为限值。</translation>
    </message>
    <message>
      <source>{n} power line carries more than the rating stated when all is well ({names}): that load is taken as the limit.</source>
      <translation>{n} 条电力线路正常时即超过所注明的额定容量（{names}）：以该负载为限值。</translation>
    </message>
    <message>
      <source>{n} places of the power network hang on no source even when all is well ({names}): they have no power.</source>
      <translation>电网中 {n} 个供电点正常时也不与任何电源相连（{names}）：视为无电。</translation>
    </message>
    <message>
      <source>The city has no water network; nothing is said about water.</source>
      <translation>城市没有供水管网；不给出供水结果。</translation>
    </message>
    <message>
      <source>The water network cannot be computed: {why}. Nothing is said about water.</source>
      <translation>供水管网无法计算：{why}。不给出供水结果。</translation>
    </message>
    <message>
      <source>{n} places with demand hang on no pipe ({names}): they have no water.</source>
      <translation>{n} 个用水点不与任何管道相连（{names}）：视为无水。</translation>
    </message>
    <message>
      <source>{n} pipes begin where they end ({names}): they are left out.</source>
      <translation>{n} 条管道首尾同点（{names}）：已略去。</translation>
    </message>
    <message>
      <source>The network states no demand by hour: a usual day of a city is taken.</source>
      <translation>管网未给出逐时需水：采用城市典型日。</translation>
    </message>
    <message>
      <source>The water network states no demand: only pressures mean something.</source>
      <translation>供水管网未注明需水：只有水压有意义。</translation>
    </message>
    <message>
      <source>{n} pumping stations state no curve: together they give {factor} times the largest demand of a day at the head of their works.</source>
      <translation>{n} 座泵站未给出特性曲线：合计按水厂水头提供日最大需水的 {factor} 倍。</translation>
    </message>
    <message>
      <source>{n} tanks state no size ({names}): they are taken as reservoirs that keep their level.</source>
      <translation>{n} 座水池未注明尺寸（{names}）：视为水位不变的水源。</translation>
    </message>
    <message>
      <source>{n} pipes state no diameter ({names}): {m} m is taken.</source>
      <translation>{n} 条管道未注明管径（{names}）：取 {m} m。</translation>
    </message>
    <message>
      <source>{n} pipes have no length ({names}): {m} m is taken.</source>
      <translation>{n} 条管道没有长度（{names}）：取 {m} m。</translation>
    </message>
    <message>
      <source>The pipes state no roughness: Hazen-Williams C = {c} is taken.</source>
      <translation>管道未注明糙率：取海曾-威廉系数 C = {c}。</translation>
    </message>
    <message>
      <source>{n} pumps state neither curve nor power ({names}): while they run, the works keep their head.</source>
      <translation>{n} 台水泵既无特性曲线也无功率（{names}）：运行时水厂保持其水头。</translation>
    </message>
    <message>
      <source>{n} controls of the water network cannot be understood ({first}): they are left out.</source>
      <translation>供水管网的 {n} 条控制规则无法理解（{first}）：已略去。</translation>
    </message>
    <message>
      <source>The water network ran {h} h before the start, so that tanks and pumps are as at that hour.</source>
      <translation>供水管网已预先运行 {h} 小时，使水池和水泵符合该时刻状态。</translation>
    </message>
    <message>
      <source>The water network does not balance at some steps: pressures then are approximate.</source>
      <translation>供水管网在部分时步不平衡：此时水压为近似值。</translation>
    </message>
    <message>
      <source>The water network could not be computed further ({why}): water stays as it was, and the result is incomplete.</source>
      <translation>供水管网无法继续计算（{why}）：供水保持原状，结果不完整。</translation>
    </message>
    <message>
      <source>The package wntr, which brings EPANET, is not installed: pip install wntr</source>
      <translation>未安装提供 EPANET 的软件包 wntr：pip install wntr</translation>
    </message>
    <message>
      <source>The city has no road network; nothing is said about traffic.</source>
      <translation>城市没有道路网；不给出交通结果。</translation>
    </message>
    <message>
      <source>The city has no road network; nothing is said about help on the way.</source>
      <translation>城市没有道路网；不给出急救和消防结果。</translation>
    </message>
    <message>
      <source>The city has no road network; nobody can leave by car.</source>
      <translation>城市没有道路网；无法驾车撤离。</translation>
    </message>
    <message>
      <source>The city has no road network; nobody is assigned a place in a shelter.</source>
      <translation>城市没有道路网；无法分配避难所。</translation>
    </message>
    <message>
      <source>{n} of {all} roads state {lacks} ({names}); {done}.</source>
      <translation>{all} 条道路中 {n} 条{lacks}（{names}）；{done}。</translation>
    </message>
    <message>
      <source>{n} of {all} roads state {lacks}; {done}.</source>
      <translation>{all} 条道路中 {n} 条{lacks}；{done}。</translation>
    </message>
    <message>
      <source>{n} roads end where they begin; they carry no through traffic.</source>
      <translation>{n} 条道路首尾同点；不承担通过性交通。</translation>
    </message>
    <message>
      <source>{n} of {all} junctions of the road network cannot be driven to and from; trips begin and end in the largest part that can.</source>
      <translation>路网 {all} 个路口中 {n} 个无法驶入驶出；出行起终点取最大的可通行部分。</translation>
    </message>
    <message>
      <source>Trips are those of the network's table ({n}), taken for the busiest hour and scaled to others by a usual curve of the day.</source>
      <translation>出行取自路网的出行表（{n}），视为高峰小时，其他时段按典型日变化折算。</translation>
    </message>
    <message>
      <source>{n} rows of the table of trips name no junction or no number of trips; they are left out.</source>
      <translation>出行表中 {n} 行没有路口或出行数；已略去。</translation>
    </message>
    <message>
      <source>The city has nobody in its buildings; its roads stay empty.</source>
      <translation>城市建筑内没有人口；道路上没有车流。</translation>
    </message>
    <message>
      <source>No two junctions are joined both ways by roads for cars; there is no traffic.</source>
      <translation>没有两个路口以机动车道双向连通；没有交通。</translation>
    </message>
    <message>
      <source>All buildings lie at one junction; there are no trips between places.</source>
      <translation>所有建筑位于同一路口；没有地点间的出行。</translation>
    </message>
    <message>
      <source>Traffic is synthetic: nobody counted it. {trips} trips a day of each person, {share} of them by car, between {n} zones by a gravity model.</source>
      <translation>交通为合成数据，并非实测：每人每日出行 {trips} 次，{share} 为小汽车，在 {n} 个分区间按重力模型分布。</translation>
    </message>
    <message>
      <source>At {hour} the roads cannot carry {n} of {all} trips on an ordinary day; those are left out. Fewer trips by car would be likelier.</source>
      <translation>{hour}，道路在平日也无法承担 {all} 次出行中的 {n} 次；已略去。小汽车出行应更少。</translation>
    </message>
    <message>
      <source>Traffic did not settle in {n} rounds (gap {gap}, wished {wished}); its flows are not quite in equilibrium.</source>
      <translation>交通分配 {n} 轮后仍未收敛（间隙 {gap}，目标 {wished}）；流量未完全达到均衡。</translation>
    </message>
    <message>
      <source>The {name} of {n} links is missing or out of range</source>
      <translation>{n} 条路段的{name}缺失或超出范围</translation>
    </message>
    <message>
      <source>A cost function whose power lies between 0 and 1 is infinitely steep at no flow</source>
      <translation>阻抗函数的指数在 0 与 1 之间时，零流量处斜率无穷大</translation>
    </message>
    <message>
      <source>Give 0, or 1 and more.</source>
      <translation>请取 0，或不小于 1。</translation>
    </message>
    <message>
      <source>A zone lies at a node that is not in the network</source>
      <translation>有分区位于路网之外的节点</translation>
    </message>
    <message>
      <source>Two zones lie at one node</source>
      <translation>两个分区位于同一节点</translation>
    </message>
    <message>
      <source>Add their trips.</source>
      <translation>请合并其出行。</translation>
    </message>
    <message>
      <source>The table of trips has values that are negative or no numbers</source>
      <translation>出行表中有负值或非数值</translation>
    </message>
    <message>
      <source>The table of trips has the shape {shape}; for {n} zones it should be {right}</source>
      <translation>出行表的尺寸为 {shape}；{n} 个分区应为 {right}</translation>
    </message>
    <message>
      <source>The city has no buildings that help could be sent to.</source>
      <translation>城市没有可前往救援的建筑。</translation>
    </message>
    <message>
      <source>No road of the city is for cars; nobody can be sent.</source>
      <translation>城市没有机动车道；无法派出车辆。</translation>
    </message>
    <message>
      <source>The city shows no ambulance station; ambulances set out from its hospitals.</source>
      <translation>城市中没有急救站；救护车从医院出发。</translation>
    </message>
    <message>
      <source>The city shows no {kinds}; times that need one are not given.</source>
      <translation>城市中没有{kinds}；不给出相应时间。</translation>
    </message>
    <message>
      <source>{n} stations or hospitals lie more than {m} m from a road ({names}); they are put at the nearest junction.</source>
      <translation>{n} 座站点或医院距道路超过 {m} m（{names}）；置于最近的路口。</translation>
    </message>
    <message>
      <source>Nobody is in the area to be evacuated, or nobody goes by car.</source>
      <translation>疏散区域内没有人，或没有人驾车。</translation>
    </message>
    <message>
      <source>No road for cars is open; nobody can leave.</source>
      <translation>没有可通行的机动车道；无人能够撤离。</translation>
    </message>
    <message>
      <source>{n} small streets are left out of the simulation; people set out from the larger ones they come to.</source>
      <translation>模拟略去 {n} 条小街；人员从其连接的较大道路出发。</translation>
    </message>
    <message>
      <source>The city shows no shelter; nobody has a place to go to.</source>
      <translation>城市中没有避难所；无处可去。</translation>
    </message>
    <message>
      <source>The city shows no shelter; nobody is assigned a place.</source>
      <translation>城市中没有避难所；无法分配安置。</translation>
    </message>
    <message>
      <source>No area is named: everybody leaves the city by the {n} widest junctions on its rim.</source>
      <translation>未指定区域：全部人员经城市边缘 {n} 个最宽的路口撤离。</translation>
    </message>
    <message>
      <source>No open road leads out of the area; nobody can leave by car.</source>
      <translation>没有可通行的道路通往区域外；无法驾车撤离。</translation>
    </message>
    <message>
      <source>{n} people in {buildings} buildings have no open road out; they stay.</source>
      <translation>{buildings} 栋建筑中的 {n} 人没有可通行的撤离道路；留在原处。</translation>
    </message>
    <message>
      <source>{n} people are still on the road when the {h} h that are watched end.</source>
      <translation>模拟的 {h} 小时结束时，仍有 {n} 人在路上。</translation>
    </message>
    <message>
      <source>Give a polygon as WKT in local metres, or the id or name of a zone or place of the city.</source>
      <translation>请给出本地米制坐标的 WKT 多边形，或城市分区、地点的编号或名称。</translation>
    </message>
    <message>
      <source>'{area}' is no area</source>
      <translation>“{area}”不是区域</translation>
    </message>
    <message>
      <source>Traffic on the clock cannot be computed: {why}</source>
      <translation>无法计算逐时交通：{why}</translation>
    </message>
    <message>
      <source>Look at the roads, or leave this model out.</source>
      <translation>请检查道路，或略去此模型。</translation>
    </message>
    <message>
      <source>it needs the package uxsim, which is not installed: pip install uxsim</source>
      <translation>需要软件包 uxsim，尚未安装：pip install uxsim</translation>
    </message>
    <message>
      <source>No road can be taken; nobody is assigned a place in a shelter.</source>
      <translation>没有可通行的道路；无法分配避难所。</translation>
    </message>
    <message>
      <source>The road network cannot be used ({why}); nobody is assigned a place in a shelter.</source>
      <translation>道路网无法使用（{why}）；无法分配避难所。</translation>
    </message>
    <message>
      <source>{n} shelters state no capacity and count as {places} places ({names}).</source>
      <translation>{n} 座避难所未注明容量，按 {places} 个床位计（{names}）。</translation>
    </message>
    <message>
      <source>{n} shelters state a capacity below 0 and are not used ({names}).</source>
      <translation>{n} 座避难所的容量小于 0，未采用（{names}）。</translation>
    </message>
    <message>
      <source>The places in shelters cannot be shared out: {why}</source>
      <translation>无法分配避难所床位：{why}</translation>
    </message>
    <message>
      <source>{n} sites cannot be chosen from {all}</source>
      <translation>无法从 {all} 个地点中选出 {n} 个</translation>
    </message>
    <message>
      <source>The process for {what} cannot be started: {why}</source>
      <translation>无法启动{what}的计算进程：{why}</translation>
    </message>
    <message>
      <source>The computation of {what} does not answer</source>
      <translation>{what}的计算没有响应</translation>
    </message>
    <message>
      <source>The process that computes {what} ended ({how})</source>
      <translation>计算{what}的进程已终止（{how}）</translation>
    </message>
    <message>
      <source>Run it again.</source>
      <translation>请重新运行。</translation>
    </message>
    <message>
      <source>Journeys are looked at from the {n} of {all} stops with most people near them, and not from the others.</source>
      <translation>出行只从 {all} 个站点中附近人口最多的 {n} 个计算，不含其他站点。</translation>
    </message>
    <message>
      <source>Network {name} has no timetable: which of its trains run is not known, and journeys on it are not counted.</source>
      <translation>网络 {name} 没有时刻表：无法得知列车开行情况，不统计其出行。</translation>
    </message>
    <message>
      <source>On a {day} no trip of the timetable stops at {n} stations ({names}).</source>
      <translation>{day}时刻表中没有车次停靠 {n} 座车站（{names}）。</translation>
    </message>
    <message>
      <source>The city has no buildings: riders are not counted.</source>
      <translation>城市没有建筑：不统计乘客。</translation>
    </message>
    <message>
      <source>The timetable names {n} stops that network {name} does not have ({names}); trips pass them.</source>
      <translation>时刻表中有 {n} 个站点不在网络 {name} 中（{names}）；车次通过不停。</translation>
    </message>
    <message>
      <source>{n} trips go back in time ({names}); where they do, they are taken to end and to begin anew.</source>
      <translation>{n} 个车次时间倒退（{names}）；在该处视为终止并重新开始。</translation>
    </message>
    <message>
      <source>Nothing runs on a {day} in the timetable of network {name}; all its services are taken.</source>
      <translation>网络 {name} 的时刻表中{day}没有车次；采用其全部班次。</translation>
    </message>
    <message>
      <source>The timetable of network {name} has no frequencies; its {n} trips on {routes} routes run once a day as they stand.</source>
      <translation>网络 {name} 的时刻表没有发车间隔；其 {routes} 条线路的 {n} 个车次每日按表各开行一次。</translation>
    </message>
    <message>
      <source>{n} rows of the frequencies of network {name} have no headway above 0 or end before they begin ({names}) and are left out.</source>
      <translation>网络 {name} 的发车间隔表中 {n} 行间隔不大于 0 或结束早于开始（{names}），已略去。</translation>
    </message>
    <message>
      <source>The frequencies of network {name} make more than {n} departures a day; the last are left out.</source>
      <translation>网络 {name} 的发车间隔每日超过 {n} 次发车；略去最后的车次。</translation>
    </message>
    <message>
      <source>Several stations share a name ({names}); they are told apart by their ids.</source>
      <translation>有车站重名（{names}）；按编号区分。</translation>
    </message>
    <message>
      <source>No entrance of {n} underground stations is known; {count} at each, {width} m wide with a sill of {sill} m, are assumed at the station itself.</source>
      <translation>{n} 座地下车站的出入口未知；假定每站 {count} 个，宽 {width} m，门槛高 {sill} m，位于车站处。</translation>
    </message>
    <message>
      <source>{n} underground stations lie outside of where the water is computed; none comes to their entrances.</source>
      <translation>{n} 座地下车站位于水流计算范围之外；没有水到达其出入口。</translation>
    </message>
    <message>
      <source>{n} metro entrances lead to stations that the city does not have ({names}); they are taken to lead to the nearest.</source>
      <translation>{n} 个地铁出入口通往城市中不存在的车站（{names}）；视为通往最近的车站。</translation>
    </message>
    <message>
      <source>{n} metro entrances are farther than {m} m from any underground station and lead nowhere.</source>
      <translation>{n} 个地铁出入口距任何地下车站超过 {m} m，不通往任何车站。</translation>
    </message>
    <message>
      <source>How deep {n} of {all} places of the metro lie is not known; {m} m below the ground are assumed.</source>
      <translation>地铁 {all} 处中 {n} 处埋深未知；假定在地面以下 {m} m。</translation>
    </message>
    <message>
      <source>No station of the city is known to lie below the ground; none can fill.</source>
      <translation>没有已知的地下车站；不会进水。</translation>
    </message>
    <message>
      <source>{n} stations lie on no metro line ({names}) and are taken to stay dry inside.</source>
      <translation>{n} 座车站不在任何地铁线路上（{names}），视为站内不进水。</translation>
    </message>
    <message>
      <source>No track leads to {n} stations of the metro ({names}); water in them leads nowhere.</source>
      <translation>没有轨道通往 {n} 座地铁车站（{names}）；站内的水不外流。</translation>
    </message>
    <message>
      <source>Water depth came without its grid</source>
      <translation>水深缺少其网格</translation>
    </message>
    <message>
      <source>No flow speed is at hand: the force of the stream counts neither for buildings nor for people.</source>
      <translation>没有流速数据：水流冲击力既不计入建筑，也不计入人员。</translation>
    </message>
    <message>
      <source>The people by hour are a table of {shape}, not 24 x {n}; they are not used.</source>
      <translation>逐时人数表为 {shape}，而非 24 x {n}；未采用。</translation>
    </message>
    <message>
      <source>People by hour are missing or below 0 at {n} buildings ({names}); nobody is counted there at those hours.</source>
      <translation>{n} 栋建筑的逐时人数缺失或小于 0（{names}）；该时段按无人计。</translation>
    </message>
    <message>
      <source>The value of {n} buildings is below 0 and counts as not known ({names}).</source>
      <translation>{n} 栋建筑的价值小于 0，视为未知（{names}）。</translation>
    </message>
    <message>
      <source>The own damage functions cannot be used: {why}; those of {region} stand in.</source>
      <translation>自定义损失函数无法使用：{why}；以{region}的函数代替。</translation>
    </message>
    <message>
      <source>The buildings do not say which of them have a cellar; functions without one are used.</source>
      <translation>建筑未注明是否有地下室；采用无地下室的函数。</translation>
    </message>
    <message>
      <source>fragilities need an intensity of shaking; water asks for curves of damage over depth</source>
      <translation>易损性函数需要地震动强度；洪水需要水深—损失曲线</translation>
    </message>
    <message>
      <source>'{file}' has no function {names}; the use of those buildings decides.</source>
      <translation>“{file}”中没有函数 {names}；这些建筑按用途取用。</translation>
    </message>
    <message>
      <source>'{file}' has no function for {n} of {all} buildings; they take those of the continent.</source>
      <translation>“{file}”中 {all} 栋建筑有 {n} 栋没有函数；采用所在大洲的函数。</translation>
    </message>
    <message>
      <source>Shares of people {who} are above 1 and are taken as per cent.</source>
      <translation>{who}人口比例大于 1，按百分数处理。</translation>
    </message>
    <message>
      <source>The share of people {who} is out of range at {n} buildings, which are left out of it.</source>
      <translation>{n} 栋建筑的{who}人口比例超出范围，不计入。</translation>
    </message>
    <message>
      <source>Age or income of people is known at {share} of the buildings; figures by group are about those only.</source>
      <translation>仅 {share} 的建筑有年龄或收入数据；分组数字只涉及这些建筑。</translation>
    </message>
    <message>
      <source>Buildings of occupancies that the Hazus tables do not have take the function of RES1: {names}.</source>
      <translation>Hazus 表中没有的用途取 RES1 的函数：{names}。</translation>
    </message>
    <message>
      <source>The Hazus tables have no function for RES1</source>
      <translation>Hazus 表中没有 RES1 的函数</translation>
    </message>
    <message>
      <source>Use the table of riverine functions.</source>
      <translation>请使用河流洪水函数表。</translation>
    </message>
    <message>
      <source>There is no file '{file}' with damage functions</source>
      <translation>没有损失函数文件“{file}”</translation>
    </message>
    <message>
      <source>Look at its name and folder.</source>
      <translation>请检查名称和文件夹。</translation>
    </message>
    <message>
      <source>'{file}' cannot be read as CSV: {why}</source>
      <translation>“{file}”无法按 CSV 读取：{why}</translation>
    </message>
    <message>
      <source>'{file}' cannot be read as XML: {why}</source>
      <translation>“{file}”无法按 XML 读取：{why}</translation>
    </message>
    <message>
      <source>Save it as CSV.</source>
      <translation>请存为 CSV。</translation>
    </message>
    <message>
      <source>'{file}' has no column {names}</source>
      <translation>“{file}”缺少列 {names}</translation>
    </message>
    <message>
      <source>'{file}' has no rows</source>
      <translation>“{file}”没有数据行</translation>
    </message>
    <message>
      <source>A table of damage functions has the columns {names}.</source>
      <translation>损失函数表应有列 {names}。</translation>
    </message>
    <message>
      <source>'{file}' has no usable damage function</source>
      <translation>“{file}”中没有可用的损失函数</translation>
    </message>
    <message>
      <source>Each needs at least two rows with numbers.</source>
      <translation>每个函数至少需要两行数值。</translation>
    </message>
    <message>
      <source>'{file}' has no usable fragility function</source>
      <translation>“{file}”中没有可用的易损性函数</translation>
    </message>
    <message>
      <source>'{file}' has no usable vulnerability function</source>
      <translation>“{file}”中没有可用的脆弱性函数</translation>
    </message>
    <message>
      <source>'{file}' has no fragility or vulnerability model</source>
      <translation>“{file}”中没有易损性或脆弱性模型</translation>
    </message>
    <message>
      <source>'{file}' is too large for a fragility model</source>
      <translation>“{file}”过大，不像易损性模型</translation>
    </message>
    <message>
      <source>'{file}' names no damage states or no functions</source>
      <translation>“{file}”没有损坏等级或函数</translation>
    </message>
    <message>
      <source>Give an NRML file of OpenQuake.</source>
      <translation>请提供 OpenQuake 的 NRML 文件。</translation>
    </message>
    <message>
      <source>States are numbered from 1 to 20.</source>
      <translation>损坏等级编号为 1 至 20。</translation>
    </message>
    <message>
      <source>There is no folder '{folder}' with Hazus tables</source>
      <translation>没有 Hazus 表格文件夹“{folder}”</translation>
    </message>
    <message>
      <source>The folder '{folder}' has no table of structure damage functions</source>
      <translation>文件夹“{folder}”中没有结构损失函数表</translation>
    </message>
    <message>
      <source>The folder '{folder}' does not say which function a building takes</source>
      <translation>文件夹“{folder}”未说明建筑采用哪个函数</translation>
    </message>
    <message>
      <source>It has flBldgStructDmgFn.csv and Building_DDF_Riverine_LUT_Hazus4p0.csv.</source>
      <translation>应含 flBldgStructDmgFn.csv 和 Building_DDF_Riverine_LUT_Hazus4p0.csv。</translation>
    </message>
    <message>
      <source>Copy Building_DDF_Riverine_LUT_Hazus4p0.csv beside it.</source>
      <translation>请将 Building_DDF_Riverine_LUT_Hazus4p0.csv 复制到同一处。</translation>
    </message>
    <message>
      <source>'{file}' is no table of Hazus functions</source>
      <translation>“{file}”不是 Hazus 函数表</translation>
    </message>
    <message>
      <source>It has a number and columns m4 to p24.</source>
      <translation>应有编号和列 m4 至 p24。</translation>
    </message>
    <message>
      <source>'{file}' has no usable function</source>
      <translation>“{file}”中没有可用的函数</translation>
    </message>
    <message>
      <source>'{file}' has no usable choice of functions</source>
      <translation>“{file}”中没有可用的函数选择</translation>
    </message>
    <message>
      <source>{file}: a range needs both columns, low and high; it is left out ({where}).</source>
      <translation>{file}：范围需要上下限两列；已略去（{where}）。</translation>
    </message>
    <message>
      <source>{file}: the unit '{unit}' is taken as it is, not changed into metres ({where}).</source>
      <translation>{file}：单位“{unit}”按原样采用，未换算为米（{where}）。</translation>
    </message>
    <message>
      <source>{file}: rows without an id are left out ({where}).</source>
      <translation>{file}：略去没有编号的行（{where}）。</translation>
    </message>
    <message>
      <source>{file}: rows without a number are left out ({where}).</source>
      <translation>{file}：略去没有数值的行（{where}）。</translation>
    </message>
    <message>
      <source>{file}: ratios over 1 are taken as per cent ({where}).</source>
      <translation>{file}：大于 1 的比例按百分数处理（{where}）。</translation>
    </message>
    <message>
      <source>{file}: rows out of order are sorted by their intensity ({where}).</source>
      <translation>{file}：乱序的行按强度排序（{where}）。</translation>
    </message>
    <message>
      <source>{file}: of two rows with one intensity the first counts ({where}).</source>
      <translation>{file}：强度相同的两行取前一行（{where}）。</translation>
    </message>
    <message>
      <source>{file}: a function with fewer than two points is left out ({where}).</source>
      <translation>{file}：略去少于两点的函数（{where}）。</translation>
    </message>
    <message>
      <source>{file}: ratios below 0 or above 1 are cut to that range ({where}).</source>
      <translation>{file}：小于 0 或大于 1 的比例截取到该范围（{where}）。</translation>
    </message>
    <message>
      <source>{file}: damage that falls while the intensity rises is held at the value before ({where}).</source>
      <translation>{file}：强度增大而损失减小处，保持前值（{where}）。</translation>
    </message>
    <message>
      <source>{file}: damage that falls while the water rises is held at the value before ({where}).</source>
      <translation>{file}：水深增大而损失减小处，保持前值（{where}）。</translation>
    </message>
    <message>
      <source>{file}: chances that fall while the intensity rises are held at the value before ({where}).</source>
      <translation>{file}：强度增大而概率减小处，保持前值（{where}）。</translation>
    </message>
    <message>
      <source>{file}: rows without an id, a state, or numbers above 0 for theta and beta are left out ({where}).</source>
      <translation>{file}：略去没有编号、等级，或 theta、beta 不大于 0 的行（{where}）。</translation>
    </message>
    <message>
      <source>{file}: a state that is no number from 1 on, or stands there twice, is left out ({where}).</source>
      <translation>{file}：略去编号不是从 1 起的数或重复的等级（{where}）。</translation>
    </message>
    <message>
      <source>{file}: a state without a row is reached together with the next one ({where}).</source>
      <translation>{file}：没有数据行的等级与下一等级同时达到（{where}）。</translation>
    </message>
    <message>
      <source>{file}: a state with a lower median than the one before takes that one's ({where}).</source>
      <translation>{file}：中位数低于前一等级者，取前一等级的值（{where}）。</translation>
    </message>
    <message>
      <source>{file}: a state that costs less than the one before costs as much ({where}).</source>
      <translation>{file}：损失低于前一等级者，取与其相同（{where}）。</translation>
    </message>
    <message>
      <source>{file}: functions with a value that is no number are left out ({where}).</source>
      <translation>{file}：略去含非数值的函数（{where}）。</translation>
    </message>
    <message>
      <source>{file}: of two functions with one number the first counts ({where}).</source>
      <translation>{file}：编号相同的两个函数取前一个（{where}）。</translation>
    </message>
    <message>
      <source>{file}: shares below 0 or above 100 per cent are cut to that range ({where}).</source>
      <translation>{file}：小于 0 或大于 100% 的比例截取到该范围（{where}）。</translation>
    </message>
    <message>
      <source>{file}: choices of a function that is not in the table are left out ({where}).</source>
      <translation>{file}：略去选用表中没有的函数的条目（{where}）。</translation>
    </message>
    <message>
      <source>{file}: a function without an id, or with another number of ratios than of intensities, is left out ({where}).</source>
      <translation>{file}：略去没有编号，或比例与强度个数不符的函数（{where}）。</translation>
    </message>
    <message>
      <source>{file}: the file gives no repair ratios; {values} of the value is taken ({where}).</source>
      <translation>{file}：文件未给出修复比例；取价值的 {values}（{where}）。</translation>
    </message>
    <message>
      <source>{file}: functions of the less common kind of the file are left out ({where}).</source>
      <translation>{file}：略去文件中较少一类的函数（{where}）。</translation>
    </message>
    <message>
      <source>{file}: a state without a mean and deviation above 0 is left out ({where}).</source>
      <translation>{file}：略去均值和标准差不大于 0 的等级（{where}）。</translation>
    </message>
    <message>
      <source>{file}: a function whose intensities do not rise, or that lacks a state, is left out ({where}).</source>
      <translation>{file}：略去强度不递增或缺少等级的函数（{where}）。</translation>
    </message>
    <message>
      <source>{id} lies in water that is kept at its level and comes up beside it: to let it raise a river, choose river = compute.</source>
      <translation>{id} 位于水位固定的水域中，水从旁边涌出：若要使河道涨水，请选择河流=计算。</translation>
    </message>
    <message>
      <source>The area has no tidal river or sea that is kept at its level: tide and typhoon move nothing.</source>
      <translation>该区域没有保持水位的感潮河流或海域：潮汐和台风不起作用。</translation>
    </message>
    <message>
      <source>There is no river whose flow could be computed: the water layer has none here.</source>
      <translation>没有可计算水流的河道：水域图层在此处没有河流。</translation>
    </message>
    <message>
      <source>The rivers that are computed leave the area nowhere: what is let in stays.</source>
      <translation>所计算的河道不流出区域：流入的水留在区域内。</translation>
    </message>
    <message>
      <source>Water ran faster than its waves (Froude number over 1) on {area} ha at once: choose finite volumes there.</source>
      <translation>同一时刻有 {area} 公顷水流快于波速（弗劳德数大于 1）：此处请选择有限体积。</translation>
    </message>
    <message>
      <source>Pump {name} has had no power since {at} min after the start.</source>
      <translation>水泵 {name} 自开始后 {at} 分钟起停电。</translation>
    </message>
    <message>
      <source>Each cell of {cell} m follows the {n} heights of its ground, {fine} m apart; their tables take {size} MB.</source>
      <translation>每个 {cell} m 网格采用其内部间距 {fine} m 的 {n} 个地面高程；其数据表占用 {size} MB。</translation>
    </message>
    <message>
      <source>The ground is known no finer than the cells of {cell} m: cells are flat and houses are closed blocks.</source>
      <translation>地形不比 {cell} m 网格更精细：网格为平面，房屋视为封闭块体。</translation>
    </message>
    <message>
      <source>The ground is known no finer than the cells of {cell} m: cells are flat.</source>
      <translation>地形不比 {cell} m 网格更精细：网格为平面。</translation>
    </message>
    <message>
      <source>Finite volumes have no sub-grid tables: cells are flat and houses are closed blocks.</source>
      <translation>有限体积没有亚网格数据表：网格为平面，房屋视为封闭块体。</translation>
    </message>
    <message>
      <source>Finite volumes have no sub-grid tables: cells are flat.</source>
      <translation>有限体积没有亚网格数据表：网格为平面。</translation>
    </message>
    <message>
      <source>The sewers gain or lose more than {share} of their water by computation (sewer_balance_error says how much): take what goes in and out of them with care.</source>
      <translation>管网计算水量误差超过 {share}（见 sewer_balance_error）：对其进出水量应谨慎看待。</translation>
    </message>
    <message>
      <source>The drainage network is not computed: {why} Until then drains take {rate} mm/h where the ground is built up.</source>
      <translation>未计算排水管网：{why}在此之前，建成区按排水 {rate} mm/h 处理。</translation>
    </message>
    <message>
      <source>{n} manholes and inlets exchange water with {m} drains. The {share} of the built-up ground that lies farther than {far} m from them keeps drains of {rate} mm/h.</source>
      <translation>{n} 个检查井和雨水口与 {m} 条管道交换水量。建成区中距其超过 {far} m 的 {share} 仍按排水 {rate} mm/h 处理。</translation>
    </message>
    <message>
      <source>The {what} of the drainage network are not followed.</source>
      <translation>未采用排水管网的{what}。</translation>
    </message>
    <message>
      <source>{n} outfalls with a tide or series of levels of their own take the level of the water they lie in.</source>
      <translation>{n} 个自带潮位或水位过程的排放口，改取其所在水域的水位。</translation>
    </message>
    <message>
      <source>{n} drains state no roughness: Manning n {value} is taken.</source>
      <translation>{n} 条排水管未注明糙率：取曼宁 n {value}。</translation>
    </message>
    <message>
      <source>No graphics card can compute the flood: sub-grid tables are not made for it</source>
      <translation>显卡无法计算此洪水：不支持亚网格数据表</translation>
    </message>
    <message>
      <source>Choose auto or cpu, or cells without tables.</source>
      <translation>请选择自动或 cpu，或不用数据表的网格。</translation>
    </message>
    <message>
      <source>The flow became unstable</source>
      <translation>水流计算失稳</translation>
    </message>
    <message>
      <source>Lower the Courant number or the greatest Froude number of the flood model, and look at the terrain there.</source>
      <translation>请降低洪水模型的库朗数或最大弗劳德数，并检查该处地形。</translation>
    </message>
    <message>
      <source>There is no open ground where the water should come in</source>
      <translation>来水处没有空地</translation>
    </message>
    <message>
      <source>Place it on a street or yard, or let the flow of rivers be computed (river = compute).</source>
      <translation>请置于街道或院落，或计算河道水流（河流=计算）。</translation>
    </message>
    <message>
      <source>There is no land where the breach should be</source>
      <translation>溃口处没有陆地</translation>
    </message>
    <message>
      <source>Place it on a dike or wall.</source>
      <translation>请置于堤防或挡水墙上。</translation>
    </message>
    <message>
      <source>There is nothing to break where the breach should be</source>
      <translation>溃口处没有可溃决的堤墙</translation>
    </message>
    <message>
      <source>Place it on the crest of a dike or on a wall.</source>
      <translation>请置于堤顶或挡水墙上。</translation>
    </message>
    <message>
      <source>There is no metro entrance where the flood gate should be</source>
      <translation>挡水门处没有地铁出入口</translation>
    </message>
    <message>
      <source>Place it at one.</source>
      <translation>请置于出入口处。</translation>
    </message>
    <message>
      <source>A culvert is a line from one end to the other</source>
      <translation>涵洞是从一端到另一端的线</translation>
    </message>
    <message>
      <source>A culvert needs its size</source>
      <translation>涵洞需要尺寸</translation>
    </message>
    <message>
      <source>Give diameter_m, or width_m and height_m, in metres.</source>
      <translation>请以米为单位给出 diameter_m，或 width_m 和 height_m。</translation>
    </message>
    <message>
      <source>An end of a culvert lies in a building</source>
      <translation>涵洞的一端在建筑内</translation>
    </message>
    <message>
      <source>Move it to open ground or water beside the building.</source>
      <translation>请移至建筑旁的空地或水面。</translation>
    </message>
    <message>
      <source>There is no wall or culvert where the gate should be</source>
      <translation>闸门处没有挡水墙或涵洞</translation>
    </message>
    <message>
      <source>Place it on a barrier or a culvert.</source>
      <translation>请置于挡水墙或涵洞上。</translation>
    </message>
    <message>
      <source>The roads make more than {n} passages</source>
      <translation>道路形成的过水通道超过 {n} 个</translation>
    </message>
    <message>
      <source>Choose larger cells or a smaller part of the city.</source>
      <translation>请选择更大的网格或城市的更小部分。</translation>
    </message>
    <message>
      <source>Choose larger cells or a smaller area.</source>
      <translation>请选择更大的网格或更小的区域。</translation>
    </message>
    <message>
      <source>Cells of {cell} m make {n} million of them; at most {most} million are computed</source>
      <translation>{cell} m 网格共有 {n} 百万个；最多计算 {most} 百万个</translation>
    </message>
    <message>
      <source>Choose cells of {m} m or larger, or a smaller part of the city.</source>
      <translation>请选择 {m} m 或更大的网格，或城市的更小部分。</translation>
    </message>
    <message>
      <source>The part to compute lies outside the city or is only a few cells wide</source>
      <translation>要计算的部分位于城市之外，或只有几个网格宽</translation>
    </message>
    <message>
      <source>Choose a larger one, or none for the whole city.</source>
      <translation>请选择更大的部分，或留空计算全市。</translation>
    </message>
    <message>
      <source>The terrain has no heights where the city is</source>
      <translation>地形在城市所在处没有高程</translation>
    </message>
    <message>
      <source>Check the CRS of the terrain and of the city.</source>
      <translation>请检查地形和城市的坐标系。</translation>
    </message>
    <message>
      <source>Demand of the buildings</source>
      <translation>建筑用电用水需求</translation>
    </message>
    <message>
      <source>Power: {n} substations and {km} km of lines along the streets: made up, not surveyed</source>
      <translation>电网：沿街道的 {n} 座变电站和 {km} km 线路：推测所得，并非实测</translation>
    </message>
    <message>
      <source>Power: {n} substation and {km} km of lines along the streets: made up, not surveyed</source>
      <translation>电网：沿街道的 {n} 座变电站和 {km} km 线路：推测所得，并非实测</translation>
    </message>
    <message>
      <source>Power: {n} substations and {km} km of lines straight from house to house, for no streets are known: made up, not surveyed</source>
      <translation>电网：因无街道数据而逐户直连的 {n} 座变电站和 {km} km 线路：推测所得，并非实测</translation>
    </message>
    <message>
      <source>Power: {n} substation and {km} km of lines straight from house to house, for no streets are known: made up, not surveyed</source>
      <translation>电网：因无街道数据而逐户直连的 {n} 座变电站和 {km} km 线路：推测所得，并非实测</translation>
    </message>
    <message>
      <source>Water: {n} waterworks and {km} km of mains along the streets: made up, not surveyed</source>
      <translation>供水：沿街道的 {n} 座水厂和 {km} km 干管：推测所得，并非实测</translation>
    </message>
    <message>
      <source>Water: {n} waterworks and {km} km of mains straight from house to house, for no streets are known: made up, not surveyed</source>
      <translation>供水：因无街道数据而逐户直连的 {n} 座水厂和 {km} km 干管：推测所得，并非实测</translation>
    </message>
    <message>
      <source>{n} masts: made up, not surveyed</source>
      <translation>{n} 座通信基站：推测所得，并非实测</translation>
    </message>
    <message>
      <source>{n} mast: made up, not surveyed</source>
      <translation>{n} 座通信基站：推测所得，并非实测</translation>
    </message>
    <message>
      <source>{n} buildings lie more than {m} m from the streets that networks were made along; none serves them</source>
      <translation>{n} 栋建筑距管网所沿街道超过 {m} m；未接入管网</translation>
    </message>
    <message>
      <source>The city has {what} made up already; nothing was put in its place</source>
      <translation>城市已有推测的{what}；未作替换</translation>
    </message>
    <message>
      <source>The city has {what} of its own; nothing was put in its place</source>
      <translation>城市自有{what}；未作替换</translation>
    </message>
    <message>
      <source>The city has no buildings, so that there is nobody to supply</source>
      <translation>城市没有建筑，无供应对象</translation>
    </message>
    <message>
      <source>Add buildings first.</source>
      <translation>请先添加建筑。</translation>
    </message>
    <message>
      <source>No building has a floor, so that there is no demand to lay networks for</source>
      <translation>没有建筑具有楼面，因而没有可供布设管网的需求</translation>
    </message>
    <message>
      <source>Check footprints and heights.</source>
      <translation>请检查轮廓和高度。</translation>
    </message>
    <message>
      <source>No building lies within {m} m of a street</source>
      <translation>没有建筑位于街道 {m} m 之内</translation>
    </message>
    <message>
      <source>Check that streets and buildings belong together.</source>
      <translation>请检查街道与建筑是否匹配。</translation>
    </message>
    <message>
      <source>'{what}' is nothing that can be made up</source>
      <translation>“{what}”不是可推测的内容</translation>
    </message>
    <message>
      <source>Name some of {names}.</source>
      <translation>请从 {names} 中指明。</translation>
    </message>
    <message>
      <source>Write some of {names}, or all.</source>
      <translation>请填写 {names} 中的若干项，或 all。</translation>
    </message>
    <message>
      <source>More than {n} things happened; the list of what befell whom ends at {h} h.</source>
      <translation>事件超过 {n} 个；事件列表止于 {h} 小时。</translation>
    </message>
    <message>
      <source>'{name}' has infinite values.</source>
      <translation>“{name}”含有无穷大的值。</translation>
    </message>
    <message>
      <source>No model of this run has the indicator '{name}'.</source>
      <translation>本次运行没有模型给出指标“{name}”。</translation>
    </message>
    <message>
      <source>Writing the result</source>
      <translation>正在写入结果</translation>
    </message>
    <message>
      <source>Finished in {s} s.</source>
      <translation>用时 {s} 秒完成。</translation>
    </message>
    <message>
      <source>There is not enough memory for this run. Choose larger cells or a smaller area.</source>
      <translation>内存不足，无法运行。请选择更大的网格或更小的区域。</translation>
    </message>
    <message>
      <source>There is not enough memory</source>
      <translation>内存不足</translation>
    </message>
    <message>
      <source>The run failed by our fault: {why}.</source>
      <translation>运行因程序错误而失败：{why}。</translation>
    </message>
    <message>
      <source>This is our fault, not yours.</source>
      <translation>这是程序的问题，与您的操作无关。</translation>
    </message>
    <message>
      <source>The model made a mistake: {why}</source>
      <translation>模型出错：{why}</translation>
    </message>
    <message>
      <source>The outputs kept from an earlier run are damaged and were removed</source>
      <translation>先前运行保存的输出已损坏，已删除</translation>
    </message>
    <message>
      <source>The disk is full: {need} MB are needed and {free} MB are free</source>
      <translation>磁盘已满：需要 {need} MB，剩余 {free} MB</translation>
    </message>
    <message>
      <source>Free some space or choose another folder. Nothing was kept of this run.</source>
      <translation>请腾出空间或选择其他文件夹。本次运行未保留任何内容。</translation>
    </message>
    <message>
      <source>The result cannot be written: {why}</source>
      <translation>无法写入结果：{why}</translation>
    </message>
    <message>
      <source>The result needs a folder and there is a file of that name</source>
      <translation>结果需要文件夹，但已有同名文件</translation>
    </message>
    <message>
      <source>The folder holds other files than a result</source>
      <translation>该文件夹中有结果以外的文件</translation>
    </message>
    <message>
      <source>Choose an empty or new folder.</source>
      <translation>请选择空文件夹或新文件夹。</translation>
    </message>
    <message>
      <source>The scenario has no civil start; 2000-01-01 stands for its beginning.</source>
      <translation>情景没有民用起始时间；以 2000-01-01 表示开始。</translation>
    </message>
    <message>
      <source>The run would have more than a million steps</source>
      <translation>运行将超过一百万步</translation>
    </message>
    <message>
      <source>Choose a longer 'coupling' or a shorter 'duration'.</source>
      <translation>请加长耦合间隔或缩短历时。</translation>
    </message>
    <message>
      <source>The scenario names no model to run</source>
      <translation>情景未指明要运行的模型</translation>
    </message>
    <message>
      <source>Add a [[hazard]] with a model, for example flood.</source>
      <translation>请添加带模型的 [[hazard]]，例如 flood。</translation>
    </message>
    <message>
      <source>'{model}' needs '{name}' and no model of this scenario gives it</source>
      <translation>“{model}”需要“{name}”，但此情景没有模型给出</translation>
    </message>
    <message>
      <source>Both {models} give '{name}', and there is no rule to combine them</source>
      <translation>{models}都给出“{name}”，没有合并规则</translation>
    </message>
    <message>
      <source>Leave one of them out.</source>
      <translation>请略去其中之一。</translation>
    </message>
    <message>
      <source>The models {names} wait for each other from the start</source>
      <translation>模型{names}从一开始就互相等待</translation>
    </message>
    <message>
      <source>There is no object '{id}'</source>
      <translation>没有设施“{id}”</translation>
    </message>
    <message>
      <source>There is no object '{id}' with that quantity</source>
      <translation>没有带该量的设施“{id}”</translation>
    </message>
    <message>
      <source>Pick it in the view to see its id.</source>
      <translation>请在视图中点选以查看编号。</translation>
    </message>
    <message>
      <source>Pick the object in the view to see its id.</source>
      <translation>请在视图中点选该设施以查看编号。</translation>
    </message>
    <message>
      <source>There is no {kind} '{name}' that could be switched</source>
      <translation>没有可投切的{kind}“{name}”</translation>
    </message>
    <message>
      <source>Pick a pump, gate, substation, line, pipe, road or facility in the view to see its id.</source>
      <translation>请在视图中点选水泵、闸门、变电站、线路、管道、道路或设施以查看编号。</translation>
    </message>
    <message>
      <source>The geometry lies outside the city</source>
      <translation>几何位于城市之外</translation>
    </message>
    <message>
      <source>No road runs through the polygon</source>
      <translation>没有道路穿过该多边形</translation>
    </message>
    <message>
      <source>There is no road '{name}' in the network</source>
      <translation>路网中没有道路“{name}”</translation>
    </message>
    <message>
      <source>No building stands in the polygon</source>
      <translation>多边形内没有建筑</translation>
    </message>
    <message>
      <source>There is no building '{name}'</source>
      <translation>没有建筑“{name}”</translation>
    </message>
    <message>
      <source>'{name}' cannot be {value}</source>
      <translation>“{name}”不能为 {value}</translation>
    </message>
    <message>
      <source>'{name}' = {value} is out of range</source>
      <translation>“{name}”= {value} 超出范围</translation>
    </message>
    <message>
      <source>It must lie between {low} and {high} {unit}.</source>
      <translation>须在 {low} 与 {high} {unit} 之间。</translation>
    </message>
    <message>
      <source>Choose one of: {names}.</source>
      <translation>请从中选择：{names}。</translation>
    </message>
    <message>
      <source>A flood gate needs its height</source>
      <translation>挡水门需要高度</translation>
    </message>
    <message>
      <source>Give height_m, 0 or more, above the ground.</source>
      <translation>请给出离地高度 height_m，不小于 0。</translation>
    </message>
    <message>
      <source>An entrance of the metro needs a width</source>
      <translation>地铁出入口需要宽度</translation>
    </message>
    <message>
      <source>Give width_m in metres.</source>
      <translation>请以米为单位给出 width_m。</translation>
    </message>
    <message>
      <source>'{text}' is no hydrograph</source>
      <translation>“{text}”不是流量过程线</translation>
    </message>
    <message>
      <source>Write seconds and m3/s in pairs: 0 0, 3600 20, 7200 5</source>
      <translation>请成对填写秒和 m3/s：0 0, 3600 20, 7200 5</translation>
    </message>
    <message>
      <source>A change of a barrier needs crest_m or crest_z_m</source>
      <translation>修改挡水墙需要 crest_m 或 crest_z_m</translation>
    </message>
    <message>
      <source>A new barrier needs a line and crest_m or crest_z_m</source>
      <translation>新挡水墙需要一条线和 crest_m 或 crest_z_m</translation>
    </message>
    <message>
      <source>There is no barrier where the breach should be</source>
      <translation>溃口处没有挡水墙</translation>
    </message>
    <message>
      <source>Place it on a barrier.</source>
      <translation>请置于挡水墙上。</translation>
    </message>
    <message>
      <source>The city has {n} {what}; at most {most} are computed</source>
      <translation>城市有 {n} 个{what}；最多计算 {most} 个</translation>
    </message>
    <message>
      <source>Open a smaller part of the city.</source>
      <translation>请打开城市的更小部分。</translation>
    </message>
    <message>
      <source>A pump's outlet is in a building</source>
      <translation>水泵出口在建筑内</translation>
    </message>
    <message>
      <source>Let it end on a street or in the river.</source>
      <translation>请使其终止于街道或河道。</translation>
    </message>
    <message>
      <source>A pump cannot fail at a depth below 0</source>
      <translation>水泵失效水深不能小于 0</translation>
    </message>
    <message>
      <source>Give fails_at_m in metres above the ground.</source>
      <translation>请以离地米数给出 fails_at_m。</translation>
    </message>
    <message>
      <source>The pump curve '{text}' does not fall</source>
      <translation>水泵曲线“{text}”不下降</translation>
    </message>
    <message>
      <source>'{text}' is no pump curve</source>
      <translation>“{text}”不是水泵曲线</translation>
    </message>
    <message>
      <source>Write head in m and flow in m3/s in pairs: 0 2.0, 3 1.5, 6 0</source>
      <translation>请成对填写扬程 m 和流量 m3/s：0 2.0, 3 1.5, 6 0</translation>
    </message>
    <message>
      <source>Let the head rise and the flow fall from pair to pair.</source>
      <translation>请使各对的扬程递增、流量递减。</translation>
    </message>
    <message>
      <source>No graphics card can compute the flood: {why}</source>
      <translation>显卡无法计算此洪水：{why}</translation>
    </message>
    <message>
      <source>Or choose auto, or cpu.</source>
      <translation>或选择自动或 cpu。</translation>
    </message>
    <message>
      <source>The opening of a gate cannot be less than 0</source>
      <translation>闸门开度不能小于 0</translation>
    </message>
    <message>
      <source>Give opening_m in metres, 0 where it is shut.</source>
      <translation>请以米为单位给出 opening_m，关闭时为 0。</translation>
    </message>
    <message>
      <source>The roughness of a culvert is Manning's n</source>
      <translation>涵洞糙率为曼宁 n</translation>
    </message>
    <message>
      <source>Give manning between 0.008 and 0.2.</source>
      <translation>请给出 0.008 至 0.2 的 manning。</translation>
    </message>
    <message>
      <source>A culvert has one barrel or more</source>
      <translation>涵洞至少有一孔</translation>
    </message>
    <message>
      <source>Give barrels as a whole number.</source>
      <translation>请以整数给出 barrels。</translation>
    </message>
    <message>
      <source>A gate needs a width</source>
      <translation>闸门需要宽度</translation>
    </message>
    <message>
      <source>There is no culvert '{name}'</source>
      <translation>没有涵洞“{name}”</translation>
    </message>
    <message>
      <source>Name one of layer culverts, or leave it out.</source>
      <translation>请指明图层 culverts 中的一个，或留空。</translation>
    </message>
    <message>
      <source>The culvert '{name}' has a gate already</source>
      <translation>涵洞“{name}”已有闸门</translation>
    </message>
    <message>
      <source>Give a culvert one gate.</source>
      <translation>每个涵洞只能有一个闸门。</translation>
    </message>
    <message>
      <source>Write west, south, east and north in the city's coordinates, with commas.</source>
      <translation>请以城市坐标填写西、南、东、北，以逗号分隔。</translation>
    </message>
    <message>
      <source>Rain needs an area to fall on</source>
      <translation>降雨需要区域</translation>
    </message>
    <message>
      <source>The condition '{text}' is not understood</source>
      <translation>无法理解条件“{text}”</translation>
    </message>
    <message>
      <source>Write it as id.quantity &gt; number, for example road/12.road_state &gt;= 2.</source>
      <translation>请写成 编号.量 &gt; 数，例如 road/12.road_state &gt;= 2。</translation>
    </message>
    <message>
      <source>It can ask for: {names}.</source>
      <translation>可用：{names}。</translation>
    </message>
    <message>
      <source>No model of this run gives '{name}'</source>
      <translation>本次运行没有模型给出“{name}”</translation>
    </message>
    <message>
      <source>No model of this run has the indicator '{name}'</source>
      <translation>本次运行没有模型给出指标“{name}”</translation>
    </message>
    <message>
      <source>One of their needs must be optional.</source>
      <translation>其中须有一项输入为可选。</translation>
    </message>
    <message>
      <source>There is no change of kind '{kind}'</source>
      <translation>没有“{kind}”类变更</translation>
    </message>
    <message>
      <source>There is no edit of kind '{kind}'</source>
      <translation>没有“{kind}”类措施</translation>
    </message>
    <message>
      <source>Known kinds: {names}.</source>
      <translation>已有类型：{names}。</translation>
    </message>
    <message>
      <source>The models that give '{name}' work on different grids</source>
      <translation>给出“{name}”的模型网格不同</translation>
    </message>
    <message>
      <source>Give them the same cell size.</source>
      <translation>请取相同的网格边长。</translation>
    </message>
    <message>
      <source>'{name}' is not a value of '{kind}'; it has: {names}</source>
      <translation>“{name}”不是“{kind}”的参数；其参数为：{names}</translation>
    </message>
    <message>
      <source>The scenario names a CRS but the city has an engineering grid</source>
      <translation>情景指明了坐标系，而城市采用工程坐标</translation>
    </message>
    <message>
      <source>Leave 'crs' out.</source>
      <translation>请去掉 crs。</translation>
    </message>
    <message>
      <source>The geometry does not lie in the reach of the city's CRS</source>
      <translation>几何不在城市坐标系的适用范围内</translation>
    </message>
    <message>
      <source>Check 'crs' of the scenario.</source>
      <translation>请检查情景的 crs。</translation>
    </message>
    <message>
      <source>Check its coordinates and the scenario's 'crs'.</source>
      <translation>请检查其坐标和情景的 crs。</translation>
    </message>
    <message>
      <source>The change cannot be used: {why}</source>
      <translation>变更无法使用：{why}</translation>
    </message>
    <message>
      <source>'{kind}' needs {what}</source>
      <translation>“{kind}”需要{what}</translation>
    </message>
    <message>
      <source>'{kind}' cannot take a {what}</source>
      <translation>“{kind}”不接受 {what}</translation>
    </message>
    <message>
      <source>The geometry crosses itself: {why}</source>
      <translation>几何自相交：{why}</translation>
    </message>
    <message>
      <source>'{id}' exists already</source>
      <translation>“{id}”已存在</translation>
    </message>
    <message>
      <source>Give the edit another id.</source>
      <translation>请换一个编号。</translation>
    </message>
    <message>
      <source>The city has no terrain that could be changed</source>
      <translation>城市没有可修改的地形</translation>
    </message>
    <message>
      <source>Open the city with an elevation raster.</source>
      <translation>请连同高程栅格一起打开城市。</translation>
    </message>
    <message>
      <source>No terrain cell ({m} m) has its centre in the polygon</source>
      <translation>多边形内没有地形网格（{m} m）中心</translation>
    </message>
    <message>
      <source>Draw it larger or inside the terrain.</source>
      <translation>请画大一些，或画在地形范围内。</translation>
    </message>
    <message>
      <source>The city has no road network</source>
      <translation>城市没有道路网</translation>
    </message>
    <message>
      <source>Pick a road in the view to see its id.</source>
      <translation>请在视图中点选道路以查看编号。</translation>
    </message>
    <message>
      <source>Pick a building in the view to see its id.</source>
      <translation>请在视图中点选建筑以查看编号。</translation>
    </message>
    <message>
      <source>Choose another name.</source>
      <translation>请换一个名称。</translation>
    </message>
    <message>
      <source>The flow in the sewers became unstable {s} s after the start</source>
      <translation>管网水流在开始后 {s} 秒失稳</translation>
    </message>
    <message>
      <source>Look for drains that are far too small for what flows in, or choose sewer = sink.</source>
      <translation>请检查过流能力远小于来水的管道，或选择排水管网=排水口。</translation>
    </message>
    <message>
      <source>No manhole of it lies on open ground of the area</source>
      <translation>没有检查井位于区域内的空地上</translation>
    </message>
    <message>
      <source>Look at where the network lies.</source>
      <translation>请检查管网的位置。</translation>
    </message>
    <message>
      <source>Mend the network.</source>
      <translation>请修正管网。</translation>
    </message>
    <message>
      <source>{why} while SWMM read the network</source>
      <translation>SWMM 读取管网时出错：{why}</translation>
    </message>
    <message>
      <source>None of its {n} nodes lies in the area</source>
      <translation>其 {n} 个节点均不在区域内</translation>
    </message>
    <message>
      <source>Look at its coordinate system.</source>
      <translation>请检查其坐标系。</translation>
    </message>
    <message>
      <source>{n} of {all} nodes have their invert above the ground, {how}</source>
      <translation>{all} 个节点中有 {n} 个管底高于地面（{how}）</translation>
    </message>
    <message>
      <source>Look at the height system and the units of the network.</source>
      <translation>请检查管网的高程系统和单位。</translation>
    </message>
    <message>
      <source>Its covers lie {m} m off the ground (median)</source>
      <translation>井盖与地面相差 {m} m（中位数）</translation>
    </message>
    <message>
      <source>Look at the height system of the network and of the terrain.</source>
      <translation>请检查管网和地形的高程系统。</translation>
    </message>
    <message>
      <source>A drain ends at a node that is not there</source>
      <translation>有排水管终止于不存在的节点</translation>
    </message>
    <message>
      <source>The drainage network has no outfall</source>
      <translation>排水管网没有排放口</translation>
    </message>
    <message>
      <source>Mark the nodes where it discharges as outfalls.</source>
      <translation>请将其排放节点标为排放口。</translation>
    </message>
    <message>
      <source>No drain leads to an outfall</source>
      <translation>没有排水管通往排放口</translation>
    </message>
    <message>
      <source>Connect the outfalls with the network.</source>
      <translation>请将排放口与管网相连。</translation>
    </message>
    <message>
      <source>{n} nodes of the drainage network have no invert level</source>
      <translation>排水管网 {n} 个节点没有管底高程</translation>
    </message>
    <message>
      <source>State how deep they lie.</source>
      <translation>请注明其埋深。</translation>
    </message>
    <message>
      <source>{n} drains have no size</source>
      <translation>{n} 条排水管没有尺寸</translation>
    </message>
    <message>
      <source>State their diameters.</source>
      <translation>请注明管径。</translation>
    </message>
    <message>
      <source>Cross sections '{name}' are not computed</source>
      <translation>不计算断面“{name}”</translation>
    </message>
    <message>
      <source>A storage of the kind '{kind}' states no area</source>
      <translation>“{kind}”类调蓄设施未注明面积</translation>
    </message>
    <message>
      <source>Give it a storage curve.</source>
      <translation>请给出调蓄曲线。</translation>
    </message>
    <message>
      <source>There is no {use} curve '{name}'</source>
      <translation>没有{use}曲线“{name}”</translation>
    </message>
    <message>
      <source>Add the curve to the network.</source>
      <translation>请在管网中补充该曲线。</translation>
    </message>
    <message>
      <source>There is no transect '{name}'</source>
      <translation>没有断面“{name}”</translation>
    </message>
    <message>
      <source>Add the transect to the network.</source>
      <translation>请在管网中补充该断面。</translation>
    </message>
    <message>
      <source>The sewer computation does not answer</source>
      <translation>管网计算没有响应</translation>
    </message>
    <message>
      <source>Run it again, or choose sewer = sink.</source>
      <translation>请重新运行，或选择排水管网=排水口。</translation>
    </message>
    <message>
      <source>The sewer computation cannot go on: {why}</source>
      <translation>管网计算无法继续：{why}</translation>
    </message>
    <message>
      <source>Look at the network, or choose sewer = sink.</source>
      <translation>请检查管网，或选择排水管网=排水口。</translation>
    </message>
    <message>
      <source>The process for the sewers cannot be started: {why}</source>
      <translation>无法启动管网计算进程：{why}</translation>
    </message>
    <message>
      <source>The process that computes the sewers ended ({how})</source>
      <translation>管网计算进程已终止（{how}）</translation>
    </message>
    <message>
      <source>Sewers need the package pyswmm, which is not installed: pip install pyswmm</source>
      <translation>管网计算需要软件包 pyswmm，尚未安装：pip install pyswmm</translation>
    </message>
    <message>
      <source>'{name}' is no parameter of this scenario</source>
      <translation>“{name}”不是此情景的参数</translation>
    </message>
    <message>
      <source>Write HAZARD.PARAMETER; its hazards: {names}.</source>
      <translation>请写成 灾害.参数；其灾害：{names}。</translation>
    </message>
    <message>
      <source>'{name}' is no number</source>
      <translation>“{name}”不是数值</translation>
    </message>
    <message>
      <source>Only numbers can be spread.</source>
      <translation>只有数值可设离散度。</translation>
    </message>
    <message>
      <source>The spread '{text}' is not understood</source>
      <translation>无法理解离散度“{text}”</translation>
    </message>
    <message>
      <source>Write normal(MEAN, SD), lognormal(MEDIAN, SD OF THE LOGARITHM), uniform(LOW, HIGH) or triangular(LOW, LIKELY, HIGH).</source>
      <translation>请写 normal(均值, 标准差)、lognormal(中位数, 对数标准差)、uniform(下限, 上限) 或 triangular(下限, 众数, 上限)。</translation>
    </message>
    <message>
      <source>The spread '{text}' has no width</source>
      <translation>离散度“{text}”宽度为零</translation>
    </message>
    <message>
      <source>Give it one that is more than nothing.</source>
      <translation>请给出大于零的宽度。</translation>
    </message>
    <message>
      <source>The model '{model}' has no parameter '{name}'</source>
      <translation>模型“{model}”没有参数“{name}”</translation>
    </message>
    <message>
      <source>An ensemble has 2 to {n} members</source>
      <translation>集合运行为 2 至 {n} 次</translation>
    </message>
    <message>
      <source>Choose another number.</source>
      <translation>请选择其他数目。</translation>
    </message>
    <message>
      <source>Nothing in this scenario is said to be uncertain</source>
      <translation>此情景未说明任何不确定量</translation>
    </message>
    <message>
      <source>Return periods are those of rain</source>
      <translation>重现期仅指降雨</translation>
    </message>
    <message>
      <source>Choose a scenario with a flood by rain.</source>
      <translation>请选择降雨洪水情景。</translation>
    </message>
    <message>
      <source>Return periods are two or more, over 1 and up to 10,000 years</source>
      <translation>重现期须有两个以上，大于 1 年且不超过 10,000 年</translation>
    </message>
    <message>
      <source>Write them like 2,10,100.</source>
      <translation>请写成 2,10,100。</translation>
    </message>
    <message>
      <source>Storms of {years} years. Expected damage by trapezoids over their yearly chance; none once a year, and beyond the rarest storm that of this one. A place counts as wet from 10 cm.</source>
      <translation>重现期 {years} 年的暴雨。预期损失按年超越概率以梯形法计算；一年一遇者为零，超出最罕见者取其值。水深 10 cm 起计为受淹。</translation>
    </message>
    <message>
      <source>The run ended without a result</source>
      <translation>运行结束但没有结果</translation>
    </message>
    <message>
      <source>A process that computed one of the runs has died</source>
      <translation>某次运行的计算进程已中止</translation>
    </message>
    <message>
      <source>There may be too little memory: use fewer workers.</source>
      <translation>内存可能不足：请减少并行进程。</translation>
    </message>
    <message>
      <source>The runs need {need} MB while they are counted and {free} MB are free</source>
      <translation>统计各次运行需要 {need} MB，剩余 {free} MB</translation>
    </message>
    <message>
      <source>Choose fewer members, larger cells or another folder.</source>
      <translation>请减少运行次数、增大网格或选择其他文件夹。</translation>
    </message>
    <message>
      <source>The two runs have different seeds.</source>
      <translation>两次运行的随机种子不同。</translation>
    </message>
    <message>
      <source>'{name}' ran in only one of the two.</source>
      <translation>“{name}”只在其中一次运行。</translation>
    </message>
    <message>
      <source>The two results have different grids</source>
      <translation>两个结果的网格不同</translation>
    </message>
    <message>
      <source>Run both with the same cell size on the same city.</source>
      <translation>请在同一城市用相同网格边长运行两者。</translation>
    </message>
    <message>
      <source>The results are of different cities: {one} and {other}</source>
      <translation>结果属于不同城市：{one}与{other}</translation>
    </message>
    <message>
      <source>Compare runs on one city.</source>
      <translation>请比较同一城市的运行。</translation>
    </message>
    <message>
      <source>The comparison cannot be written: {why}</source>
      <translation>无法写入对比：{why}</translation>
    </message>
    <message>
      <source>The scenario is not valid TOML: {why}</source>
      <translation>情景不是有效的 TOML：{why}</translation>
    </message>
    <message>
      <source>See the scenario file format in the README.</source>
      <translation>请见 README 中的情景文件格式。</translation>
    </message>
    <message>
      <source>The scenario file is larger than 5 MB</source>
      <translation>情景文件大于 5 MB</translation>
    </message>
    <message>
      <source>Is it a scenario?</source>
      <translation>它是情景吗？</translation>
    </message>
    <message>
      <source>The scenario cannot be read: {why}</source>
      <translation>无法读取情景：{why}</translation>
    </message>
    <message>
      <source>There is no {kind} '{name}'</source>
      <translation>没有{kind}“{name}”</translation>
    </message>
    <message>
      <source>Cars drive on the clock in platoons of {k}, to {n} junctions; the roads fill for {m} min before the start.</source>
      <translation>车辆以每组 {k} 辆随时间行驶，目的地为 {n} 个路口；开始前道路加载 {m} 分钟。</translation>
    </message>
    <message>
      <source>Cars drive on the clock one by one, to {n} junctions; the roads fill for {m} min before the start.</source>
      <translation>车辆逐辆随时间行驶，目的地为 {n} 个路口；开始前道路加载 {m} 分钟。</translation>
    </message>
    <message>
      <source>The roads cannot carry {n} of {m} trips on an ordinary day; those are left out. Fewer trips by car would be likelier.</source>
      <translation>道路在普通日无法承载 {m} 次出行中的 {n} 次；这些出行未计入。小汽车出行可能更少。</translation>
    </message>
    <message>
      <source>The city has no water network: there is nothing to contaminate.</source>
      <translation>城市没有供水管网，无可污染之物。</translation>
    </message>
    <message>
      <source>Nothing is named where the water is contaminated; state it in 'Where'.</source>
      <translation>未指定污染位置；请在“位置”中填写。</translation>
    </message>
    <message>
      <source>The city has no '{name}' where the water could be contaminated; the run goes on without.</source>
      <translation>城市中没有可投入污染物的“{name}”；运行继续，不含该处。</translation>
    </message>
    <message>
      <source>No water main lies within {km} km of {names}; the run goes on without.</source>
      <translation>{names} 周围 {km} 千米内没有供水干管；运行继续，不含该处。</translation>
    </message>
    <message>
      <source>The contaminant enters the network: {places}.</source>
      <translation>污染物进入管网处：{places}。</translation>
    </message>
    <message>
      <source>No pipe leads to {names}: what is put in there goes nowhere.</source>
      <translation>没有管道通向 {names}：投入物不会流向任何地方。</translation>
    </message>
    <message>
      <source>Of {a} g only {b} g got into the water: from {names} hardly any water flows at times.</source>
      <translation>{a} 克中仅有 {b} 克进入水中：{names} 有时几乎没有水流出。</translation>
    </message>
    <message>
      <source>Of the contaminant {share} too little is found in water, tanks and taps: concentrations are approximate; a shorter 'Step of what is in the water' makes them better.</source>
      <translation>水、水箱和用户处的污染物总量偏少 {share}：浓度为近似值；缩短“水质计算步长”可改进。</translation>
    </message>
    <message>
      <source>Of the contaminant {share} too much is found in water, tanks and taps: concentrations are approximate; a shorter 'Step of what is in the water' makes them better.</source>
      <translation>水、水箱和用户处的污染物总量偏多 {share}：浓度为近似值；缩短“水质计算步长”可改进。</translation>
    </message>
    <message>
      <source>With {n} more {stations}: {b} instead of {a} of the people are reached in time, half of them within {t} instead of {u} min.</source>
      <translation>增设 {n} 个{stations}后：按时到达的人口比例由 {a} 变为 {b}，半数人口的到达时间由 {u} 分钟变为 {t} 分钟。</translation>
    </message>
    <message>
      <source>With {n} more {stations}: {b} instead of {a} of the people are reached in time.</source>
      <translation>增设 {n} 个{stations}后：按时到达的人口比例由 {a} 变为 {b}。</translation>
    </message>
    <message>
      <source>Stations need a city with roads for cars and buildings</source>
      <translation>选址需要有车行道路和建筑的城市</translation>
    </message>
    <message>
      <source>Open one that has them.</source>
      <translation>请打开具备这些数据的城市。</translation>
    </message>
    <message>
      <source>Nobody is in the buildings of this city at that hour</source>
      <translation>该时刻城市建筑内无人</translation>
    </message>
    <message>
      <source>Choose another hour, or give buildings a use.</source>
      <translation>请选择其他时刻，或给出建筑用途。</translation>
    </message>
    <message>
      <source>The city has only {n} junctions where a station could stand</source>
      <translation>城市只有 {n} 个路口可设站点</translation>
    </message>
    <message>
      <source>Ask for fewer.</source>
      <translation>请减少数量。</translation>
    </message>
    <message>
      <source>the columns {names} are not known ({known} are) and are left out</source>
      <translation>列 {names} 未知（可用：{known}），已略去</translation>
    </message>
    <message>
      <source>row {i}: {name} cannot be '{given}'; {value} is taken</source>
      <translation>第 {i} 行：{name} 不能为“{given}”；取 {value}</translation>
    </message>
    <message>
      <source>row {i}: the city has no '{name}'; the row is left out</source>
      <translation>第 {i} 行：城市中没有“{name}”；该行已略去</translation>
    </message>
    <message>
      <source>row {i}: {name} cannot be '{given}', only {names}; the row is left out</source>
      <translation>第 {i} 行：{name} 不能为“{given}”，只能为 {names}；该行已略去</translation>
    </message>
    <message>
      <source>row {i}: '{name}' cannot depend on itself; the row is left out</source>
      <translation>第 {i} 行：“{name}”不能依赖自身；该行已略去</translation>
    </message>
    <message>
      <source>row {i}: the same dependency stands again below, which counts</source>
      <translation>第 {i} 行：下方有同一依赖关系，以其为准</translation>
    </message>
    <message>
      <source>{names} and {n} more</source>
      <translation>{names} 等另有 {n} 个</translation>
    </message>
    <message>
      <source>{name} and others</source>
      <translation>{name} 等</translation>
    </message>
    <message>
      <source>at {s} s ({condition})</source>
      <translation>{s} 秒（{condition}）</translation>
    </message>
    <message>
      <source>at {s} s</source>
      <translation>{s} 秒</translation>
    </message>
    <message>
      <source>{first} and no {second}</source>
      <translation>{first}，也没有{second}</translation>
    </message>
    <message>
      <source>line {n}, function {name}</source>
      <translation>第 {n} 行，函数 {name}</translation>
    </message>
    <message>
      <source>edit {id}</source>
      <translation>措施 {id}</translation>
    </message>
    <message>
      <source>trigger {id}</source>
      <translation>触发 {id}</translation>
    </message>
    <message>
      <source>hazard {id}</source>
      <translation>灾害 {id}</translation>
    </message>
    <message>
      <source>about x {x} m, y {y} m, {s} s after the start</source>
      <translation>约 x {x} m、y {y} m，开始后 {s} 秒</translation>
    </message>
    <message>
      <source>the CUDA device cannot be used ({why})</source>
      <translation>CUDA 设备无法使用（{why}）</translation>
    </message>
    <message>
      <source>its free memory of {n} GB is too small</source>
      <translation>其可用显存 {n} GB 过小</translation>
    </message>
    <message>
      <source>by up to {m} m</source>
      <translation>最多高出 {m} m</translation>
    </message>
    <message>
      <source>signal {n}</source>
      <translation>信号 {n}</translation>
    </message>
    <message>
      <source>code {n}</source>
      <translation>代码 {n}</translation>
    </message>
    <message>
      <source>the scenario's table of dependencies</source>
      <translation>情景的依赖关系表</translation>
    </message>
    <message>
      <source>show or hide {layer}</source>
      <translation>显示或隐藏 {layer}</translation>
    </message>
    <message>
      <source>opacity of {layer}</source>
      <translation>{layer} 的不透明度</translation>
    </message>
    <message>
      <source>order of {layer}</source>
      <translation>{layer} 的顺序</translation>
    </message>
    <message>
      <source>style of {layer}</source>
      <translation>{layer} 的样式</translation>
    </message>
    <message>
      <source>field of {layer}</source>
      <translation>{layer}的字段</translation>
    </message>
    <message>
      <source>colour of {layer}</source>
      <translation>{layer}的颜色</translation>
    </message>
    <message>
      <source>palette of {layer}</source>
      <translation>{layer}的色带</translation>
    </message>
    <message>
      <source>range of {layer}</source>
      <translation>{layer}的范围</translation>
    </message>
    <message>
      <source>classes of {layer}</source>
      <translation>{layer}的分级</translation>
    </message>
    <message>
      <source>width of {layer}</source>
      <translation>{layer}的宽度</translation>
    </message>
    <message>
      <source>{name} with measures</source>
      <translation>{name}（含措施）</translation>
    </message>
    <message>
      <source>order of layers</source>
      <translation>图层顺序</translation>
    </message>
    <message>
      <source>branch of {name}</source>
      <translation>{name} 的分支</translation>
    </message>
    <message>
      <source>Roads as in this run, at their worst</source>
      <translation>采用本次运行中最差的道路状况</translation>
    </message>
    <message>
      <source>Without it all roads are open, and nothing is on them.</source>
      <translation>不选则所有道路畅通、路上无车。</translation>
    </message>
    <message>
      <source>Find places</source>
      <translation>查找位置</translation>
    </message>
    <message>
      <source>Car or container</source>
      <translation>汽车或集装箱</translation>
    </message>
    <message>
      <source>House</source>
      <translation>住宅</translation>
    </message>
    <message>
      <source>Warehouse</source>
      <translation>仓库</translation>
    </message>
    <message>
      <source>Smoke for illustration</source>
      <translation>示意烟雾</translation>
    </message>
    <message>
      <source>It is drawn, not computed: buildings do not turn it, and nobody is warned by it. Pictures say so.</source>
      <translation>仅为绘制，未经计算：建筑不会使烟雾转向，也不会向任何人预警。图片上会注明。</translation>
    </message>
    <message>
      <source>Place in the view</source>
      <translation>在视图中放置</translation>
    </message>
    <message>
      <source>What burns</source>
      <translation>燃烧物</translation>
    </message>
    <message>
      <source>Wind from</source>
      <translation>风向（来自）</translation>
    </message>
    <message>
      <source>Wind speed</source>
      <translation>风速</translation>
    </message>
    <message>
      <source>Streets</source>
      <translation>道路</translation>
    </message>
    <message>
      <source>Blocks</source>
      <translation>街区</translation>
    </message>
    <message>
      <source>Ground</source>
      <translation>地面</translation>
    </message>
    <message>
      <source>Ready</source>
      <translation>就绪</translation>
    </message>
    <message>
      <source>Building the city</source>
      <translation>正在构建城市</translation>
    </message>
    <message>
      <source>Reading {file}</source>
      <translation>正在读取 {file}</translation>
    </message>
    <message>
      <source>{model}: setting up</source>
      <translation>{model}：正在准备</translation>
    </message>
    <message>
      <source>No source gives the ground; it is flat at 0 m</source>
      <translation>没有数据源给出地面；按 0 m 平地处理</translation>
    </message>
    <message>
      <source>{file} is the same as {other} and was left out</source>
      <translation>{file} 与 {other} 相同，已略去</translation>
    </message>
    <message>
      <source>{n} of {all} buildings have no height or levels and got the median of their neighbours</source>
      <translation>{all} 栋建筑中有 {n} 栋没有高度或层数，采用邻近建筑的中位数</translation>
    </message>
    <message>
      <source>{n} of {all} buildings have no height or levels and got {height} m</source>
      <translation>{all} 栋建筑中有 {n} 栋没有高度或层数，采用 {height} m</translation>
    </message>
    <message>
      <source>{n} heights or levels are not numbers and were ignored</source>
      <translation>{n} 个高度或层数不是数字，已忽略</translation>
    </message>
    <message>
      <source>{n} heights are zero or negative and were taken as unknown</source>
      <translation>{n} 个高度为零或负数，按未知处理</translation>
    </message>
    <message>
      <source>{n} heights above 1,200 m were taken as unknown</source>
      <translation>{n} 个超过 1,200 m 的高度按未知处理</translation>
    </message>
    <message>
      <source>{n} buildings start above their top; their min_height was ignored</source>
      <translation>{n} 栋建筑的底部高于顶部；其 min_height 已忽略</translation>
    </message>
    <message>
      <source>{n} buildings have no surface and were left out</source>
      <translation>{n} 栋建筑没有表面，已略去</translation>
    </message>
    <message>
      <source>{n} building parts lie in no building's outline and stand as buildings of their own</source>
      <translation>{n} 个建筑部件不在任何建筑轮廓内，作为独立建筑</translation>
    </message>
    <message>
      <source>The parts of {n} buildings leave over a tenth of the outline free; that is raised to the neighbours' height</source>
      <translation>{n} 栋建筑的部件留出轮廓十分之一以上；该部分按邻近高度拉起</translation>
    </message>
    <message>
      <source>Ids used more than once got a number behind them</source>
      <translation>重复使用的编号后面加了序号</translation>
    </message>
    <message>
      <source>The ground was resampled to {m} m</source>
      <translation>地面已重采样为 {m} 米</translation>
    </message>
    <message>
      <source>{format} does not say above what its heights are measured: {datum}</source>
      <translation>{format} 无法说明高程从何基准起算：{datum}</translation>
    </message>
    <message>
      <source>{n} building parts are written without surfaces of their own; those are with their buildings</source>
      <translation>{n} 个建筑部件写出时没有自己的表面；表面归于其建筑</translation>
    </message>
    <message>
      <source>{n} features have no geometry and were left out</source>
      <translation>{n} 个要素没有几何，已略去</translation>
    </message>
    <message>
      <source>{n} features have coordinates that are NaN, infinite or absurd and were left out</source>
      <translation>{n} 个要素的坐标为 NaN、无穷或不合理，已略去</translation>
    </message>
    <message>
      <source>{n} areas cross themselves or are not closed properly and were repaired</source>
      <translation>{n} 个面自相交或未正确闭合，已修复</translation>
    </message>
    <message>
      <source>{n} features are not areas and were left out</source>
      <translation>{n} 个要素不是面，已略去</translation>
    </message>
    <message>
      <source>{n} areas cover nothing and were left out</source>
      <translation>{n} 个面没有面积，已略去</translation>
    </message>
    <message>
      <source>{n} features lie where {crs} does not reach and were left out</source>
      <translation>{n} 个要素位于 {crs} 适用范围之外，已略去</translation>
    </message>
    <message>
      <source>{n} objects or surfaces are not valid CityJSON and were left out</source>
      <translation>{n} 个对象或表面不是有效的 CityJSON，已略去</translation>
    </message>
    <message>
      <source>{n} rooms, furniture and groups inside buildings are not shown</source>
      <translation>建筑内的 {n} 个房间、家具和组不显示</translation>
    </message>
    <message>
      <source>This file is not well-formed XML: {why}</source>
      <translation>此文件不是格式良好的 XML：{why}</translation>
    </message>
    <message>
      <source>Namespaces that are not declared: {names}</source>
      <translation>未声明的命名空间：{names}</translation>
    </message>
    <message>
      <source>Some bytes are no text in the encoding of this file</source>
      <translation>部分字节不是此文件编码中的文本</translation>
    </message>
    <message>
      <source>{n} faces have no ring of at least three places and were left out</source>
      <translation>{n} 个面没有至少三个点的环，已略去</translation>
    </message>
    <message>
      <source>{n} rings do not end where they begin</source>
      <translation>{n} 个环首尾不相接</translation>
    </message>
    <message>
      <source>{n} links lead to nothing in this file</source>
      <translation>{n} 个链接在此文件中没有目标</translation>
    </message>
    <message>
      <source>{n} links lead to other files; they were not followed</source>
      <translation>{n} 个链接指向其他文件，未予跟随</translation>
    </message>
    <message>
      <source>{n} objects are kept in other files (implicit geometry) and are not shown</source>
      <translation>{n} 个对象存放在其他文件中（隐式几何），不予显示</translation>
    </message>
    <message>
      <source>{n} placed templates are more than can be shown and were left out</source>
      <translation>{n} 个放置的模板超出可显示数量，已略去</translation>
    </message>
    <message>
      <source>{n} textures are not shown; surfaces have their usual colours</source>
      <translation>{n} 个纹理不予显示，表面使用通常颜色</translation>
    </message>
    <message>
      <source>{n} rooms, storeys, installations and furniture inside buildings are not shown</source>
      <translation>{n} 个建筑内部的房间、楼层、设施和家具不予显示</translation>
    </message>
    <message>
      <source>{n} objects of the type {kind} are not shown</source>
      <translation>{n} 个类型为 {kind} 的对象不予显示</translation>
    </message>
    <message>
      <source>{n} code lists lie outside the folder of the data set and were not opened</source>
      <translation>{n} 个代码表位于数据集文件夹之外，未打开</translation>
    </message>
    <message>
      <source>{n} kinds of attributes are more than a table can hold and were left out</source>
      <translation>{n} 种属性超出表格容量，已略去</translation>
    </message>
    <message>
      <source>{n} terrains were joined at {cell} m; the finest counts where they overlap</source>
      <translation>{n} 个地形以 {cell} m 合并；重叠处以最精细者为准</translation>
    </message>
    <message>
      <source>{name} does not say its coordinate system; it was left out</source>
      <translation>{name} 未说明坐标系，已略去</translation>
    </message>
    <message>
      <source>{name} has geocentric coordinates; it was left out</source>
      <translation>{name} 为地心坐标，已略去</translation>
    </message>
    <message>
      <source>{name} lies on the map, but the city has an engineering grid; it was left out</source>
      <translation>{name} 在地图上，但城市为工程坐标系，已略去</translation>
    </message>
    <message>
      <source>{name} lies more than {far} km from the city and was left out; open it by itself</source>
      <translation>{name} 距城市超过 {far} km，已略去；请单独打开</translation>
    </message>
    <message>
      <source>The terrain {name} does not cover the city ({far} km away); it was left out</source>
      <translation>地形 {name} 不覆盖该城市（相距 {far} km），已略去</translation>
    </message>
    <message>
      <source>The terrain {name} does not cover the city; it was left out</source>
      <translation>地形 {name} 不覆盖该城市，已略去</translation>
    </message>
    <message>
      <source>The layer '{name}' has no features</source>
      <translation>图层“{name}”没有要素</translation>
    </message>
    <message>
      <source>The raster is large and was read at {cell} units a cell</source>
      <translation>栅格很大，按每格 {cell} 单位读取</translation>
    </message>
    <message>
      <source>This is a surface model (with roofs and trees), not ground; it was left out</source>
      <translation>这是表面模型（含屋顶和树木），不是地面，已略去</translation>
    </message>
    <message>
      <source>NaN and Infinity are not valid JSON; other programs may refuse this file</source>
      <translation>NaN 和 Infinity 不是有效的 JSON；其他程序可能拒绝此文件</translation>
    </message>
    <message>
      <source>The coordinate system '{name}' is not understood</source>
      <translation>无法识别坐标系“{name}”</translation>
    </message>
    <message>
      <source>{name} does not say where it stands; it is shown on a grid with no map</source>
      <translation>{name} 没有说明自己的位置；显示在无地图的工程坐标格网上</translation>
    </message>
    <message>
      <source>{name} does not say where it stands; it was left out. State `place` or `crs` of it in a recipe</source>
      <translation>{name} 没有说明自己的位置，未被采用。请在配方中写明它的 `place` 或 `crs`</translation>
    </message>
    <message>
      <source>Heights are above the WGS 84 ellipsoid, not the sea: beside other sources this one may lie up to 100 m too high or low</source>
      <translation>高程以 WGS 84 椭球面为基准而非海平面：与其他数据放在一起时可能高出或低于 100 m 以内</translation>
    </message>
    <message>
      <source>The tileset is too large to be read at its finest level; {n} coarser tiles are shown</source>
      <translation>瓦片集过大，无法按最精细的层级读取；显示 {n} 个较粗的瓦片</translation>
    </message>
    <message>
      <source>{n} tiles could not be read: {why}</source>
      <translation>{n} 个瓦片无法读取：{why}</translation>
    </message>
    <message>
      <source>{n} pieces of objects cut by tiles were joined by id</source>
      <translation>被瓦片切开的 {n} 块对象已按编号合并</translation>
    </message>
    <message>
      <source>{n} lines, points or faces of vertices that do not exist were left out</source>
      <translation>{n} 条线、点或引用了不存在顶点的面未被采用</translation>
    </message>
    <message>
      <source>{n} triangles without finite coordinates were left out</source>
      <translation>{n} 个坐标非有限值的三角形未被采用</translation>
    </message>
    <message>
      <source>The file says that it stands at {place} of {crs}</source>
      <translation>文件注明其位置为 {crs} 的 {place}</translation>
    </message>
    <message>
      <source>The geometry of {n} products could not be computed; they were left out</source>
      <translation>{n} 个构件的几何无法计算，未被采用</translation>
    </message>
    <message>
      <source>IFC files need the extra 'ifc', which is not installed</source>
      <translation>读取 IFC 文件需要可选组件 'ifc'，尚未安装</translation>
    </message>
    <message>
      <source>Install it with: pip install 'urban-twin[ifc]'</source>
      <translation>安装方法：pip install 'urban-twin[ifc]'</translation>
    </message>
    <message>
      <source>Writing {what}</source>
      <translation>正在写出 {what}</translation>
    </message>
    <message>
      <source>{format} got surfaces only; not written: {what}</source>
      <translation>{format} 只写出表面；未写出：{what}</translation>
    </message>
    <message>
      <source>{format} got no terrain, clouds or pictures: {what}</source>
      <translation>{format} 不含地形、点云和影像：{what}</translation>
    </message>
    <message>
      <source>{n} building parts were written as part of their buildings</source>
      <translation>{n} 个建筑部件并入其建筑写出</translation>
    </message>
    <message>
      <source>{n} buildings were written as footprint and height, without their roofs</source>
      <translation>{n} 栋建筑以轮廓和高度写出，不含屋顶</translation>
    </message>
    <message>
      <source>3D Tiles count heights from the WGS 84 ellipsoid; those of {datum} were written as they are and may be up to 100 m off</source>
      <translation>3D Tiles 的高程以 WGS 84 椭球面为基准；{datum} 的高程按原值写出，可能相差 100 m 以内</translation>
    </message>
    <message>
      <source>A GeoParquet file holds one layer, here the buildings; not written: {what}</source>
      <translation>一个 GeoParquet 文件只含一个图层，这里是建筑；未写出：{what}</translation>
    </message>
    <message>
      <source>OBJ holds no attributes but the ids</source>
      <translation>OBJ 除编号外不保存属性</translation>
    </message>
    <message>
      <source>OBJ got the colours of the kinds of surface, not those of the source</source>
      <translation>OBJ 采用各类表面的颜色，而非数据来源的颜色</translation>
    </message>
    <message>
      <source>The city cannot be written: {why}</source>
      <translation>城市无法写出：{why}</translation>
    </message>
    <message>
      <source>There is a folder of this name already, with files in it</source>
      <translation>已有同名文件夹，且其中有文件</translation>
    </message>
    <message>
      <source>There is no such file or folder</source>
      <translation>没有这个文件或文件夹</translation>
    </message>
    <message>
      <source>Check the name, or say demo for the demonstration city.</source>
      <translation>请检查名称，或输入 demo 打开演示城市。</translation>
    </message>
    <message>
      <source>This folder holds nothing that can be opened</source>
      <translation>此文件夹中没有可打开的内容</translation>
    </message>
    <message>
      <source>Looked for GIS layers, city models and terrain.</source>
      <translation>已查找 GIS 图层、城市模型和地形。</translation>
    </message>
    <message>
      <source>This file cannot be read: {why}</source>
      <translation>无法读取此文件：{why}</translation>
    </message>
    <message>
      <source>This file has no features that can be read</source>
      <translation>此文件没有可读取的要素</translation>
    </message>
    <message>
      <source>This file is empty</source>
      <translation>此文件为空</translation>
    </message>
    <message>
      <source>Is it complete, and what its name says?</source>
      <translation>文件是否完整，内容是否与名称相符？</translation>
    </message>
    <message>
      <source>Is the file complete?</source>
      <translation>文件是否完整？</translation>
    </message>
    <message>
      <source>Nothing here can be used: {why}</source>
      <translation>此处没有可用的内容：{why}</translation>
    </message>
    <message>
      <source>Nothing here can be used</source>
      <translation>此处没有可用的内容</translation>
    </message>
    <message>
      <source>This is not valid JSON: {where}</source>
      <translation>这不是有效的 JSON：{where}</translation>
    </message>
    <message>
      <source>State its coordinate system in a recipe (city.toml).</source>
      <translation>请在配方文件（city.toml）中说明其坐标系。</translation>
    </message>
    <message>
      <source>Free some space or choose another folder.</source>
      <translation>请腾出空间或选择其他文件夹。</translation>
    </message>
    <message>
      <source>Free some disk space or choose another folder.</source>
      <translation>请腾出磁盘空间或选择其他文件夹。</translation>
    </message>
    <message>
      <source>Make room or choose another folder; what was there before is untouched.</source>
      <translation>请腾出空间或选择其他文件夹；原有内容未受影响。</translation>
    </message>
    <message>
      <source>It could not be saved: {why}</source>
      <translation>无法保存：{why}</translation>
    </message>
    <message>
      <source>This is not a project file or it is damaged</source>
      <translation>这不是项目文件，或已损坏</translation>
    </message>
    <message>
      <source>Open an autosave or an older copy.</source>
      <translation>请打开自动保存或较早的副本。</translation>
    </message>
    <message>
      <source>There is no result</source>
      <translation>没有结果</translation>
    </message>
    <message>
      <source>Choose a folder that holds a manifest.json.</source>
      <translation>请选择含有 manifest.json 的文件夹。</translation>
    </message>
    <message>
      <source>The result is damaged: {why}</source>
      <translation>结果已损坏：{why}</translation>
    </message>
    <message>
      <source>Run the scenario again.</source>
      <translation>请重新运行情景。</translation>
    </message>
    <message>
      <source>There is no such recording</source>
      <translation>没有这份记录</translation>
    </message>
    <message>
      <source>Choose a TSV or CSV file of readings.</source>
      <translation>请选择读数的 TSV 或 CSV 文件。</translation>
    </message>
    <message>
      <source>The recording cannot be read</source>
      <translation>无法读取记录</translation>
    </message>
    <message>
      <source>The recording has no readings</source>
      <translation>记录中没有读数</translation>
    </message>
    <message>
      <source>There is no column for {names}</source>
      <translation>缺少列 {names}</translation>
    </message>
    <message>
      <source>The city gives no value for {n} of its {all} buildings; theirs is floor area times {values}</source>
      <translation>城市的 {all} 栋建筑中有 {n} 栋没有价值；按建筑面积乘以 {values} 计算</translation>
    </message>
    <message>
      <source>The city does not say how many people are in {n} of its {all} buildings; they are estimated from floor area and use ({source}).</source>
      <translation>城市的 {all} 栋建筑中有 {n} 栋没有人数；按建筑面积和用途估计（{source}）。</translation>
    </message>
    <message>
      <source>The city has no terrain: the ground is taken as flat at {level} m, so where water gathers is not known.</source>
      <translation>城市没有地形：地面按 {level} m 平地处理，因此无法得知积水位置。</translation>
    </message>
    <message>
      <source>{share} of the ground had no height and took the nearest known one.</source>
      <translation>{share} 的地面没有高程，采用最近的已知高程。</translation>
    </message>
    <message>
      <source>{n} water area(s) state no normal level: they stand at the lowest ground beside them and take what runs in.</source>
      <translation>{n} 处水域未说明常水位：取其旁边最低地面，并接纳流入的水。</translation>
    </message>
    <message>
      <source>No land use or green areas are known: {share} of the ground takes in water everywhere.</source>
      <translation>没有土地利用或绿地数据：各处地面按 {share} 可入渗。</translation>
    </message>
    <message>
      <source>No drainage network is computed: drains take {rate} mm/h where the ground is built up.</source>
      <translation>未计算排水管网：建成区按排水 {rate} mm/h 处理。</translation>
    </message>
    <message>
      <source>The city has a drainage network, which is not computed: choose SWMM for it to see what it takes and gives back.</source>
      <translation>该城市有排水管网，但未计算：请为其选择SWMM，以查看它吸纳和返回的水量。</translation>
    </message>
    <message>
      <source>The graphics card computes the flow ({name}).</source>
      <translation>由显卡计算水流（{name}）。</translation>
    </message>
    <message>
      <source>The processor computes the flow, not the graphics card: {why}.</source>
      <translation>由处理器而非显卡计算水流：{why}。</translation>
    </message>
    <message>
      <source>Only a part of the city is computed: no water comes in over its rim.</source>
      <translation>只计算城市的一部分：没有水从其边缘流入。</translation>
    </message>
    <message>
      <source>Only a part of the city is computed; over its rim comes the water of all of it, on cells of {m} m.</source>
      <translation>只计算城市的一部分；其边缘处的水来自整个城市在{m}米网格上的计算。</translation>
    </message>
    <message>
      <source>{n} manholes and inlets exchange water with {m} drains.</source>
      <translation>{n}个检查井和雨水口与{m}条管道交换水量。</translation>
    </message>
    <message>
      <source>Water comes out of manholes outside the area and is not followed.</source>
      <translation>水从区域外的检查井溢出，不再追踪。</translation>
    </message>
    <message>
      <source>{n} nodes of the drains lie above the ground (first: {name}): they are taken as closed.</source>
      <translation>{n}个管网节点高于地面（首个：{name}）：视为封闭。</translation>
    </message>
    <message>
      <source>{n} nodes of the drains lead to no outfall (first: {name}) and are left out.</source>
      <translation>{n}个管网节点不通向任何出口（首个：{name}），已略去。</translation>
    </message>
    <message>
      <source>Handing the city to other processes</source>
      <translation>正在把城市交给其他进程</translation>
    </message>
    <message>
      <source>Run {i} of {n}</source>
      <translation>第{i}次运行，共{n}次</translation>
    </message>
    <message>
      <source>{i} of {n} runs</source>
      <translation>{n}次运行中的{i}次</translation>
    </message>
    <message>
      <source>Nobody said what is uncertain: the rain is taken as lognormal with a spread of {share}, assumed.</source>
      <translation>未说明不确定量：假定雨量服从离散度为{share}的对数正态分布。</translation>
    </message>
    <message>
      <source>{n} runs, with {what}. Figures are medians, ranges from 10 to 90 %.</source>
      <translation>{n}次运行，{what}。数字为中位数，范围为10%至90%。</translation>
    </message>
    <message>
      <source>The area has only {n} cells of {cell} m: smaller ones would see streets and yards.</source>
      <translation>该区域只有 {n} 个 {cell} m 的网格：更小的网格才能分辨街道和院落。</translation>
    </message>
    <message>
      <source>{n} culvert(s) lead out of the area that is computed and are left out.</source>
      <translation>{n} 个涵洞通向计算区域之外，已略去。</translation>
    </message>
    <message>
      <source>{n} culvert(s) are shorter than a cell and are left out.</source>
      <translation>{n} 个涵洞短于一个网格，已略去。</translation>
    </message>
    <message>
      <source>{n} street(s) let water through under houses and banks, as high as is usual ({height} m).</source>
      <translation>{n} 条道路在房屋和堤岸下可以过水，净高取常用值（{height} m）。</translation>
    </message>
    <message>
      <source>{n} street tunnel(s) are longer than {m} m: what runs into them is not computed.</source>
      <translation>{n} 条道路隧道长于 {m} m：不计算流入其中的水。</translation>
    </message>
    <message>
      <source>Water passes under {n} bridge(s) that the terrain shows as solid.</source>
      <translation>水从 {n} 座在地形中显示为实体的桥下通过。</translation>
    </message>
    <message>
      <source>Water can run into {n} metro entrance(s); a sill of {sill} m and a width of {width} m are assumed where none is stated.</source>
      <translation>水可流入 {n} 个地铁出入口；未说明者假定门槛高 {sill} m、宽 {width} m。</translation>
    </message>
    <message>
      <source>Water runs into {name} from {at} min after the start.</source>
      <translation>水在开始后 {at} 分钟起流入{name}。</translation>
    </message>
    <message>
      <source>Water runs into more than {n} metro entrances; the first are named.</source>
      <translation>水流入 {n} 个以上的地铁出入口；列出最早的几个。</translation>
    </message>
    <message>
      <source>Pump {name} stood in more than {depth} m of water and failed after {at} min.</source>
      <translation>水泵{name}所在处水深超过 {depth} m，{at} 分钟后失效。</translation>
    </message>
    <message>
      <source>The city has no road network; nothing is said about roads.</source>
      <translation>城市没有道路网；不给出道路结果。</translation>
    </message>
    <message>
      <source>The city shows no {kinds}; who is cut off from them is not counted.</source>
      <translation>城市中没有 {kinds}；不统计与其隔断的人数。</translation>
    </message>
    <message>
      <source>The city names no region; its place on the map makes it {region}.</source>
      <translation>城市未说明所属地区；按其位置取 {region}。</translation>
    </message>
    <message>
      <source>The city names no region and has no place on the map; curves and values of Asia are used.</source>
      <translation>城市未说明地区且不在地图上；采用亚洲的曲线和数值。</translation>
    </message>
    <message>
      <source>No {kinds} damage curve is at hand for {region}; its residential curve stands in.</source>
      <translation>没有 {region} 的 {kinds} 损失曲线；以其住宅曲线代替。</translation>
    </message>
    <message>
      <source>No rate is known for {currency}; default values are in EUR of 2010.</source>
      <translation>没有 {currency} 的汇率；默认值为 2010 年欧元。</translation>
    </message>
    <message>
      <source>The city is not the one this scenario was made for: its content has changed since.</source>
      <translation>此情景并非为当前城市制作：城市内容已改变。</translation>
    </message>
    <message>
      <source>{model}: nothing it depends on has changed, so that the outputs of an earlier run were used.</source>
      <translation>{model}：所依赖的内容没有变化，采用了先前运行的输出。</translation>
    </message>
    <message>
      <source>Trigger '{id}' came {when}, but {models} cannot take '{kind}' while running: the run starts again with it in place from the beginning.</source>
      <translation>触发“{id}”发生于{when}，但{models}运行中不能接受“{kind}”：运行从头重新开始，并从一开始就包含它。</translation>
    </message>
    <message>
      <source>Trigger '{id}' came {when}: {kind}.</source>
      <translation>触发“{id}”发生于{when}：{kind}。</translation>
    </message>
    <message>
      <source>Trigger '{id}' lies after the end of the run and does nothing.</source>
      <translation>触发“{id}”在运行结束之后，不起作用。</translation>
    </message>
    <message>
      <source>No model of this run gives '{name}'.</source>
      <translation>本次运行没有模型给出“{name}”。</translation>
    </message>
    <message>
      <source>A path needs two places at least</source>
      <translation>路径至少需要两个地点</translation>
    </message>
    <message>
      <source>Keep more bookmarks (Ctrl+B), or make a film that turns around.</source>
      <translation>请保留更多书签 (Ctrl+B)，或制作环绕影片。</translation>
    </message>
    <message>
      <source>All places of the path are the same</source>
      <translation>路径的所有地点相同</translation>
    </message>
    <message>
      <source>Choose bookmarks that differ.</source>
      <translation>请选择不同的书签。</translation>
    </message>
    <message>
      <source>A picture of {w} x {h} pixels is too large</source>
      <translation>{w} x {h} 像素的图片过大</translation>
    </message>
    <message>
      <source>At most {n} million pixels, {side} on a side: choose a smaller size or scale.</source>
      <translation>最多 {n} 百万像素，每边 {side}：请选择较小的尺寸或倍数。</translation>
    </message>
    <message>
      <source>A picture of {w} x {h} pixels needs {need} GB of memory, and {have} GB are free</source>
      <translation>{w} x {h} 像素的图片需要 {need} GB 内存，可用 {have} GB</translation>
    </message>
    <message>
      <source>Choose a smaller size or scale, or close other programs.</source>
      <translation>请选择较小的尺寸或倍数，或关闭其他程序。</translation>
    </message>
    <message>
      <source>ffmpeg does not start</source>
      <translation>ffmpeg 无法启动</translation>
    </message>
    <message>
      <source>'{path}' holds something else</source>
      <translation>“{path}”中已有其他内容</translation>
    </message>
    <message>
      <source>Choose a new or empty folder.</source>
      <translation>请选择新的或空的文件夹。</translation>
    </message>
    <message>
      <source>The condition is not understood at '{text}'</source>
      <translation>无法理解条件中的“{text}”</translation>
    </message>
    <message>
      <source>Write it like: height_m &gt; 30 and use = office, or name contains "tower".</source>
      <translation>请写成：height_m &gt; 30 and use = office，或 name contains "tower"。</translation>
    </message>
    <message>
      <source>There is no condition</source>
      <translation>没有条件</translation>
    </message>
    <message>
      <source>After the condition there is more: '{text}'</source>
      <translation>条件之后还有内容：“{text}”</translation>
    </message>
    <message>
      <source>Join conditions with and, or.</source>
      <translation>请用 and、or 连接条件。</translation>
    </message>
    <message>
      <source>The condition has too many brackets in each other</source>
      <translation>条件的括号嵌套过多</translation>
    </message>
    <message>
      <source>A bracket is not closed</source>
      <translation>括号未闭合</translation>
    </message>
    <message>
      <source>A field is missing before '{text}'</source>
      <translation>“{text}”之前缺少字段</translation>
    </message>
    <message>
      <source>The condition is not finished</source>
      <translation>条件不完整</translation>
    </message>
    <message>
      <source>There is no field '{text}'</source>
      <translation>没有字段“{text}”</translation>
    </message>
    <message>
      <source>There are: {names}.</source>
      <translation>可用字段：{names}。</translation>
    </message>
    <message>
      <source>'{name} between' needs two numbers</source>
      <translation>“{name} between”需要两个数字</translation>
    </message>
    <message>
      <source>Write {name} between 20 and 40.</source>
      <translation>请写成 {name} between 20 and 40。</translation>
    </message>
    <message>
      <source>After '{name}' a comparison is missing</source>
      <translation>“{name}”之后缺少比较</translation>
    </message>
    <message>
      <source>After 'in' comes a list in brackets</source>
      <translation>“in”之后应为括号中的列表</translation>
    </message>
    <message>
      <source>Write use in (school, hospital).</source>
      <translation>请写成 use in (school, hospital)。</translation>
    </message>
    <message>
      <source>A value is missing</source>
      <translation>缺少值</translation>
    </message>
    <message>
      <source>'{value}' is no number</source>
      <translation>“{value}”不是数字</translation>
    </message>
    <message>
      <source>Compare a field of numbers with a number: height_m &gt; 30.</source>
      <translation>请将数值字段与数字比较：height_m &gt; 30。</translation>
    </message>
    <message>
      <source>What would happen to your city?</source>
      <translation>您的城市会发生什么？</translation>
    </message>
    <message>
      <source>Open a city in 3D, ask what a cloudburst would do, put up a barrier, and see the difference.</source>
      <translation>打开三维城市，看看暴雨的影响，筑起防洪墙，再看差别。</translation>
    </message>
    <message>
      <source>Recent</source>
      <translation>最近</translation>
    </message>
    <message>
      <source>Or drop anything on this window.</source>
      <translation>或将任何文件拖到此窗口。</translation>
    </message>
    <message>
      <source>A river metropolis made up for trying things out, with a cloudburst ready</source>
      <translation>供试用的虚构滨江大都市，暴雨情景已备好</translation>
    </message>
    <message>
      <source>Open files…</source>
      <translation>打开文件…</translation>
    </message>
    <message>
      <source>City models, GIS layers, rasters, projects; several at once</source>
      <translation>城市模型、GIS 图层、栅格、项目；可同时多个</translation>
    </message>
    <message>
      <source>Open a folder…</source>
      <translation>打开文件夹…</translation>
    </message>
    <message>
      <source>A folder of layers, or a city with its recipe</source>
      <translation>图层文件夹，或带配方的城市</translation>
    </message>
    <message>
      <source>missing: {path}</source>
      <translation>缺失：{path}</translation>
    </message>
    <message>
      <source>LIVE</source>
      <translation>实时</translation>
    </message>
    <message>
      <source>REPLAY</source>
      <translation>回放</translation>
    </message>
    <message>
      <source>WHAT-IF</source>
      <translation>假设情景</translation>
    </message>
    <message>
      <source>EXERCISE</source>
      <translation>演练</translation>
    </message>
    <message>
      <source>Reference system of this city: click for details</source>
      <translation>本城的参考系：点击查看详情</translation>
    </message>
    <message>
      <source>Cursor, projected</source>
      <translation>光标，投影坐标</translation>
    </message>
    <message>
      <source>Cursor, latitude and longitude</source>
      <translation>光标，经纬度</translation>
    </message>
    <message>
      <source>Height under the cursor</source>
      <translation>光标处高程</translation>
    </message>
    <message>
      <source>What draws the view</source>
      <translation>视图绘制方式</translation>
    </message>
    <message>
      <source>Alerts of sensors that nobody has acknowledged: click to see them</source>
      <translation>尚未确认的传感器警报：点击查看</translation>
    </message>
    <message>
      <source>Software drawing</source>
      <translation>软件绘制</translation>
    </message>
    <message>
      <source>Picture drawing</source>
      <translation>图片绘制</translation>
    </message>
    <message>
      <source>No drawing</source>
      <translation>无法绘制</translation>
    </message>
    <message>
      <source>This graphics card draws the view: {name}</source>
      <translation>由此显卡绘制视图：{name}</translation>
    </message>
    <message>
      <source>The processor draws the view ({name}): coarser while it moves, fine when it stands still. A graphics card with its driver makes it quicker; over remote desktop it may not be reachable.</source>
      <translation>由处理器绘制视图 ({name})：移动时较粗，静止时精细。显卡及其驱动可加快绘制；通过远程桌面时可能无法使用显卡。</translation>
    </message>
    <message>
      <source>No window with OpenGL is to be had here ({why}), so the view is drawn out of sight and shown as a picture: everything works, more slowly. On a desktop, installing the driver of the graphics card or Mesa (libgl1-mesa-dri) brings it back.</source>
      <translation>此处无法获得 OpenGL 窗口 ({why})，视图在后台绘制并以图片显示：功能齐全，但较慢。在桌面系统上安装显卡驱动或 Mesa (libgl1-mesa-dri) 即可恢复。</translation>
    </message>
    <message>
      <source>Mode: {mode}</source>
      <translation>模式：{mode}</translation>
    </message>
    <message>
      <source>1 alert</source>
      <translation>1 条警报</translation>
    </message>
    <message>
      <source>{n:,} alerts</source>
      <translation>{n:,} 条警报</translation>
    </message>
    <message>
      <source>no map</source>
      <translation>无地图</translation>
    </message>
    <message>
      <source>own reference system</source>
      <translation>自定义参考系</translation>
    </message>
    <message>
      <source>height datum unknown</source>
      <translation>高程基准未知</translation>
    </message>
    <message>
      <source>&amp;Panels</source>
      <translation>面板(&amp;P)</translation>
    </message>
    <message>
      <source>Boo&amp;kmarks</source>
      <translation>书签(&amp;K)</translation>
    </message>
    <message>
      <source>&amp;Kept selections</source>
      <translation>已保留的选择(&amp;K)</translation>
    </message>
    <message>
      <source>Open &amp;recent</source>
      <translation>最近打开(&amp;R)</translation>
    </message>
    <message>
      <source>Ready &amp;scenarios</source>
      <translation>现成情景(&amp;S)</translation>
    </message>
    <message>
      <source>&amp;New scenario</source>
      <translation>新建情景(&amp;N)</translation>
    </message>
    <message>
      <source>Toolbar</source>
      <translation>工具栏</translation>
    </message>
    <message>
      <source>Inspector</source>
      <translation>检查器</translation>
    </message>
    <message>
      <source>Timeline</source>
      <translation>时间轴</translation>
    </message>
    <message>
      <source>Import report</source>
      <translation>导入报告</translation>
    </message>
    <message>
      <source>&amp;Undo: {what}</source>
      <translation>撤销(&amp;U)：{what}</translation>
    </message>
    <message>
      <source>&amp;Redo: {what}</source>
      <translation>重做(&amp;R)：{what}</translation>
    </message>
    <message>
      <source>preview, {m:g} m cells</source>
      <translation>预览，{m:g}米网格</translation>
    </message>
    <message>
      <source>Urban Twin</source>
      <translation>城市孪生</translation>
    </message>
  </context>
  <context>
    <name>declared</name>
    <message>
      <source>What depends on what</source>
      <translation>依赖关系</translation>
    </message>
    <message>
      <source>Which hospital runs on its reserve until when, and who stops because somebody else did?</source>
      <translation>哪家医院依靠备用能坚持到何时，谁因他方停运而停运？</translation>
    </message>
    <message>
      <source>Reserves times</source>
      <translation>备用时长倍数</translation>
    </message>
    <message>
      <source>Fuel, tanks and batteries: moves the hours of all reserves.</source>
      <translation>燃料、水箱和电池：统一调整全部备用时长。</translation>
    </message>
    <message>
      <source>Reserves at the start</source>
      <translation>开始时的备用</translation>
    </message>
    <message>
      <source>Share of a full reserve.</source>
      <translation>占满备用的比例。</translation>
    </message>
    <message>
      <source>Hours regained per hour of supply</source>
      <translation>每供应一小时恢复的备用小时数</translation>
    </message>
    <message>
      <source>Contamination of the water</source>
      <translation>供水污染</translation>
    </message>
    <message>
      <source>Who gets the water that something was put into, and when is it clean again?</source>
      <translation>谁会用到被污染的水，水何时恢复洁净？</translation>
    </message>
    <message>
      <source>Where</source>
      <translation>位置</translation>
    </message>
    <message>
      <source>Ids, with commas: places of the water network, tanks, works, pipes; what is not part of it (a building) stands for the nearest place of the network.</source>
      <translation>编号，用逗号分隔：供水管网节点、水箱、水厂、管道；不属于管网的对象（如建筑）以最近的管网节点代替。</translation>
    </message>
    <message>
      <source>Begins after</source>
      <translation>开始时间</translation>
    </message>
    <message>
      <source>Lasts (0: to the end)</source>
      <translation>持续时间（0 表示直到结束）</translation>
    </message>
    <message>
      <source>Put in</source>
      <translation>投入量</translation>
    </message>
    <message>
      <source>At each of the places.</source>
      <translation>每个位置。</translation>
    </message>
    <message>
      <source>Or held at</source>
      <translation>或保持浓度</translation>
    </message>
    <message>
      <source>Above 0: the water that leaves the place has at least this concentration, whatever that takes. 100 at a works without decay shows the share of water from there, in percent.</source>
      <translation>大于 0 时：该处流出的水至少达到此浓度。对水厂取 100 且不衰减时，显示来自该水厂的水的百分比。</translation>
    </message>
    <message>
      <source>Decay</source>
      <translation>衰减</translation>
    </message>
    <message>
      <source>First order, in pipes and tanks; 0: it stays.</source>
      <translation>一级衰减，管道与水箱中均适用；0：不衰减。</translation>
    </message>
    <message>
      <source>Not to be drunk from</source>
      <translation>不可饮用浓度</translation>
    </message>
    <message>
      <source>0.01 mg/L is the guideline value of arsenic.</source>
      <translation>0.01 mg/L 为砷的准则值。</translation>
    </message>
    <message>
      <source>Equipment under water</source>
      <translation>设备受淹</translation>
    </message>
    <message>
      <source>Which substations, pumps and hospitals does the water put out?</source>
      <translation>哪些变电站、水泵和医院因水淹停运？</translation>
    </message>
    <message>
      <source>Heights of equipment times</source>
      <translation>设备高度倍数</translation>
    </message>
    <message>
      <source>Heights above the ground come from the city (column equipment_m) or the table of assumptions; this moves them all.</source>
      <translation>离地高度取自城市数据（equipment_m列）或假设表；此处统一调整。</translation>
    </message>
    <message>
      <source>Needs a repair after the water</source>
      <translation>退水后须抢修</translation>
    </message>
    <message>
      <source>Else it works again as soon as it is dry.</source>
      <translation>否则退水后即恢复运行。</translation>
    </message>
    <message>
      <source>Evacuation by car</source>
      <translation>驾车疏散</translation>
    </message>
    <message>
      <source>How long until everybody has left by car, and who cannot?</source>
      <translation>全部人员驾车撤离需要多久，谁无法撤离？</translation>
    </message>
    <message>
      <source>Area</source>
      <translation>区域</translation>
    </message>
    <message>
      <source>A polygon as WKT in local metres, or the id or name of a zone or place; empty: the whole city.</source>
      <translation>以本地米制坐标表示的WKT多边形，或分区、地点的编号或名称；留空：全市。</translation>
    </message>
    <message>
      <source>To</source>
      <translation>撤往</translation>
    </message>
    <message>
      <source>Roads out of the area, or the shelters.</source>
      <translation>通往区域外的道路，或避难所。</translation>
    </message>
    <message>
      <source>outside</source>
      <translation>区域外</translation>
    </message>
    <message>
      <source>shelters</source>
      <translation>避难所</translation>
    </message>
    <message>
      <source>People who go by car</source>
      <translation>驾车撤离人口比例</translation>
    </message>
    <message>
      <source>People in a car</source>
      <translation>每车人数</translation>
    </message>
    <message>
      <source>Departures spread with</source>
      <translation>出发时间离散度</translation>
    </message>
    <message>
      <source>Share gone after t: 1 - exp(-t2 / 2 m2).</source>
      <translation>t时刻已出发比例：1 - exp(-t2 / 2 m2)。</translation>
    </message>
    <message>
      <source>Watched for</source>
      <translation>模拟时长</translation>
    </message>
    <message>
      <source>Local hour at the start</source>
      <translation>开始时的当地小时</translation>
    </message>
    <message>
      <source>Set by the scenario's start where it has one.</source>
      <translation>若情景有开始时间，则由其决定。</translation>
    </message>
    <message>
      <source>Failure or attack</source>
      <translation>失效或袭击</translation>
    </message>
    <message>
      <source>What follows when these parts of the city fail?</source>
      <translation>城市的这些部分失效会引起什么后果？</translation>
    </message>
    <message>
      <source>What fails</source>
      <translation>失效对象</translation>
    </message>
    <message>
      <source>Ids, with commas: substations, lines, pumps, pipes, roads, hospitals ...</source>
      <translation>编号，以逗号分隔：变电站、线路、水泵、管道、道路、医院等。</translation>
    </message>
    <message>
      <source>Fails after</source>
      <translation>何时失效</translation>
    </message>
    <message>
      <source>Off for (0: to the end)</source>
      <translation>停用时长（0：直至结束）</translation>
    </message>
    <message>
      <source>Then it comes back by itself; of what is damaged nothing does.</source>
      <translation>期满自行恢复；损坏者不会自行恢复。</translation>
    </message>
    <message>
      <source>Needs a repair</source>
      <translation>须抢修</translation>
    </message>
    <message>
      <source>A crew must come; else it is only switched off.</source>
      <translation>须抢修队伍到场；否则只是停用。</translation>
    </message>
    <message>
      <source>One after another, every</source>
      <translation>逐个失效间隔</translation>
    </message>
    <message>
      <source>0: all at once; else in the order named.</source>
      <translation>0：同时失效；否则按所列顺序。</translation>
    </message>
    <message>
      <source>Flood</source>
      <translation>洪水</translation>
    </message>
    <message>
      <source>Where does the water of rain, river, sea or a breach stand, how deep and fast is it, and when does it get there?</source>
      <translation>降雨、河流、海水或溃口的水积在哪里，多深、多快，何时到达？</translation>
    </message>
    <message>
      <source>Equations</source>
      <translation>计算方程</translation>
    </message>
    <message>
      <source>Local inertial: for rain and slow floods. Finite volumes: also for dam breaks, breaches and surges, in twice the time; of second order with sharper fronts, in three times.</source>
      <translation>局部惯性：适用于降雨和缓慢的洪水。有限体积：也适用于溃坝、溃口和风暴潮，用时约两倍；二阶的锋面更清晰，用时约三倍。</translation>
    </message>
    <message>
      <source>local_inertial</source>
      <translation>局部惯性</translation>
    </message>
    <message>
      <source>finite_volume</source>
      <translation>有限体积</translation>
    </message>
    <message>
      <source>finite_volume_2</source>
      <translation>有限体积（二阶）</translation>
    </message>
    <message>
      <source>Rain</source>
      <translation>降雨量</translation>
    </message>
    <message>
      <source>Depth that falls over the whole duration.</source>
      <translation>整个历时内的降雨深度。</translation>
    </message>
    <message>
      <source>Return period (0: the rain above)</source>
      <translation>重现期（0：采用上面的雨量）</translation>
    </message>
    <message>
      <source>The depth is then that of the law of storms below, for this return period and the duration of the rain.</source>
      <translation>此时雨量由下面的暴雨公式按此重现期和降雨历时得出。</translation>
    </message>
    <message>
      <source>Duration of the rain</source>
      <translation>降雨历时</translation>
    </message>
    <message>
      <source>Shape of the storm</source>
      <translation>雨型</translation>
    </message>
    <message>
      <source>uniform; chicago: Keifer and Chu 1957; alternating: blocks of 5 minutes about the peak; gauges: what the points of layer rain measured, between them by their distance, whatever the depth above.</source>
      <translation>均匀；芝加哥：Keifer和Chu 1957；交替：以峰值为中心的5分钟时段；雨量站：采用图层rain中各点的实测值，其间按距离插值，不使用上面的雨量。</translation>
    </message>
    <message>
      <source>uniform</source>
      <translation>均匀</translation>
    </message>
    <message>
      <source>chicago</source>
      <translation>芝加哥</translation>
    </message>
    <message>
      <source>alternating</source>
      <translation>交替</translation>
    </message>
    <message>
      <source>gauges</source>
      <translation>雨量站</translation>
    </message>
    <message>
      <source>Position of the peak</source>
      <translation>雨峰位置</translation>
    </message>
    <message>
      <source>Share of the duration before the heaviest rain.</source>
      <translation>最强降雨之前所占的历时比例。</translation>
    </message>
    <message>
      <source>Shower that moves: its radius</source>
      <translation>移动雨团：半径</translation>
    </message>
    <message>
      <source>0: it rains everywhere alike; else the depth is that of the middle of its way, which leads over the middle of the area.</source>
      <translation>0表示各处降雨相同；否则雨量为路径中线上的雨量，路径经过区域中心。</translation>
    </message>
    <message>
      <source>Shower: its way</source>
      <translation>雨团：移动速度</translation>
    </message>
    <message>
      <source>Shower: heads for</source>
      <translation>雨团：移动方向</translation>
    </message>
    <message>
      <source>Clockwise from north.</source>
      <translation>自北顺时针。</translation>
    </message>
    <message>
      <source>Law of storms a (1 + c lg P) / (t + b)^n: a</source>
      <translation>暴雨公式 a (1 + c lg P) / (t + b)^n：a</translation>
    </message>
    <message>
      <source>Law of storms: c</source>
      <translation>暴雨公式：c</translation>
    </message>
    <message>
      <source>Law of storms: b</source>
      <translation>暴雨公式：b</translation>
    </message>
    <message>
      <source>Law of storms: n</source>
      <translation>暴雨公式：n</translation>
    </message>
    <message>
      <source>Cell size</source>
      <translation>网格边长</translation>
    </message>
    <message>
      <source>Half the size sees narrower streets and takes eight times the work.</source>
      <translation>边长减半可看清更窄的街道，但工作量为八倍。</translation>
    </message>
    <message>
      <source>Part to compute</source>
      <translation>计算的部分</translation>
    </message>
    <message>
      <source>West, south, east and north in the city's coordinates; empty: all of it. Water leaves over its rim, and none comes in where that is not nested.</source>
      <translation>以城市坐标表示的西、南、东、北；留空：全部。水可从边缘流出；边缘非嵌套时没有水流入。</translation>
    </message>
    <message>
      <source>Street drains</source>
      <translation>街道排水</translation>
    </message>
    <message>
      <source>What inlets take where the ground is built up, for want of a drainage network.</source>
      <translation>无排水管网时，建成区雨水口的排水量。</translation>
    </message>
    <message>
      <source>Drainage network</source>
      <translation>排水管网</translation>
    </message>
    <message>
      <source>sink: street drains take what is said above; swmm: where the city has a network its flow is computed and exchanged with the ground both ways, in place of street drains near it. That takes about twice the time.</source>
      <translation>排水口：街道排水口按上述能力排水；SWMM：城市有管网时计算管网流动并与地面双向交换，取代其附近的街道排水口，约需两倍时间。</translation>
    </message>
    <message>
      <source>sink</source>
      <translation>排水口</translation>
    </message>
    <message>
      <source>swmm</source>
      <translation>SWMM</translation>
    </message>
    <message>
      <source>Diameter of a manhole</source>
      <translation>检查井直径</translation>
    </message>
    <message>
      <source>What water passes between ground and drainage network; gullies beside it count with it.</source>
      <translation>水在地面与管网之间通过的口；旁边的雨水口计入其中。</translation>
    </message>
    <message>
      <source>Infiltration</source>
      <translation>下渗</translation>
    </message>
    <message>
      <source>What the unpaved share of the ground takes in; scs: by its curve number.</source>
      <translation>未铺装地面的入渗量；scs：按曲线数。</translation>
    </message>
    <message>
      <source>none</source>
      <translation>无</translation>
    </message>
    <message>
      <source>green_ampt</source>
      <translation>格林-安普特</translation>
    </message>
    <message>
      <source>horton</source>
      <translation>霍顿</translation>
    </message>
    <message>
      <source>constant</source>
      <translation>恒定</translation>
    </message>
    <message>
      <source>scs</source>
      <translation>曲线数法</translation>
    </message>
    <message>
      <source>Soil</source>
      <translation>土壤</translation>
    </message>
    <message>
      <source>sand</source>
      <translation>砂土</translation>
    </message>
    <message>
      <source>loamy_sand</source>
      <translation>壤质砂土</translation>
    </message>
    <message>
      <source>sandy_loam</source>
      <translation>砂质壤土</translation>
    </message>
    <message>
      <source>loam</source>
      <translation>壤土</translation>
    </message>
    <message>
      <source>silt_loam</source>
      <translation>粉壤土</translation>
    </message>
    <message>
      <source>sandy_clay_loam</source>
      <translation>砂质黏壤土</translation>
    </message>
    <message>
      <source>clay_loam</source>
      <translation>黏壤土</translation>
    </message>
    <message>
      <source>silty_clay_loam</source>
      <translation>粉质黏壤土</translation>
    </message>
    <message>
      <source>sandy_clay</source>
      <translation>砂质黏土</translation>
    </message>
    <message>
      <source>silty_clay</source>
      <translation>粉质黏土</translation>
    </message>
    <message>
      <source>clay</source>
      <translation>黏土</translation>
    </message>
    <message>
      <source>Soil moisture at the start</source>
      <translation>初始土壤湿度</translation>
    </message>
    <message>
      <source>Share of the pores that is full already.</source>
      <translation>孔隙中已充水的比例。</translation>
    </message>
    <message>
      <source>Rivers and lakes</source>
      <translation>河流与湖泊</translation>
    </message>
    <message>
      <source>keep: they stay at their level and take what runs in; ground: computed like land; compute: rivers flow, so that what is let in raises them: they begin at their level and are held to it only where they leave the area.</source>
      <translation>保持：水位不变并接纳流入的水；地面：按陆地计算；计算：河道有水流，来水使水位上涨；从常水位开始，仅在流出区域处保持该水位。</translation>
    </message>
    <message>
      <source>keep</source>
      <translation>保持</translation>
    </message>
    <message>
      <source>ground</source>
      <translation>地面</translation>
    </message>
    <message>
      <source>compute</source>
      <translation>计算</translation>
    </message>
    <message>
      <source>Depth of rivers that are computed</source>
      <translation>计算河道的水深</translation>
    </message>
    <message>
      <source>Below their normal level, where the water layer states no depth_m.</source>
      <translation>常水位以下；用于水域图层未注明depth_m处。</translation>
    </message>
    <message>
      <source>Roughness, rivers</source>
      <translation>糙率，河道</translation>
    </message>
    <message>
      <source>River above its normal level</source>
      <translation>河水高于正常水位</translation>
    </message>
    <message>
      <source>It spills where banks and walls are lower.</source>
      <translation>在岸和墙较低处漫溢。</translation>
    </message>
    <message>
      <source>Tide, low to high water</source>
      <translation>潮差</translation>
    </message>
    <message>
      <source>Of the sea and the tidal river; the rise comes on top.</source>
      <translation>海和感潮河段的潮差；水位抬高另加。</translation>
    </message>
    <message>
      <source>First high water after the start</source>
      <translation>首次高潮距开始</translation>
    </message>
    <message>
      <source>Typhoon: pressure in its centre</source>
      <translation>台风：中心气压</translation>
    </message>
    <message>
      <source>1010: there is none.</source>
      <translation>1010表示没有台风。</translation>
    </message>
    <message>
      <source>Typhoon: radius of its strongest wind</source>
      <translation>台风：最大风速半径</translation>
    </message>
    <message>
      <source>Typhoon: passes at</source>
      <translation>台风：最近距离</translation>
    </message>
    <message>
      <source>Distance of its nearest point from the middle of the area, positive where the city lies on the right of its way.</source>
      <translation>路径最近点到区域中心的距离；城市位于路径右侧时为正。</translation>
    </message>
    <message>
      <source>Typhoon: nearest after</source>
      <translation>台风：最近时刻距开始</translation>
    </message>
    <message>
      <source>Typhoon: its way</source>
      <translation>台风：移动速度</translation>
    </message>
    <message>
      <source>Typhoon: heads for</source>
      <translation>台风：移动方向</translation>
    </message>
    <message>
      <source>The open sea lies towards</source>
      <translation>外海方向</translation>
    </message>
    <message>
      <source>Shallow sea before the coast</source>
      <translation>岸前浅海宽度</translation>
    </message>
    <message>
      <source>Its depth far out</source>
      <translation>外侧水深</translation>
    </message>
    <message>
      <source>Its depth at the coast</source>
      <translation>岸边水深</translation>
    </message>
    <message>
      <source>Pressure of the air around</source>
      <translation>环境气压</translation>
    </message>
    <message>
      <source>Rim of the area</source>
      <translation>区域边缘</translation>
    </message>
    <message>
      <source>open: water leaves on the slope that goes on beyond the rim; nested: of a part the rim follows the water of the whole city, which is computed beside it on coarse cells.</source>
      <translation>开放：水沿边缘外延续的坡度流出；嵌套：部分区域的边缘随整个城市的水位，后者在粗网格上同时计算。</translation>
    </message>
    <message>
      <source>open</source>
      <translation>开放</translation>
    </message>
    <message>
      <source>closed</source>
      <translation>封闭</translation>
    </message>
    <message>
      <source>nested</source>
      <translation>嵌套</translation>
    </message>
    <message>
      <source>Ground within the cells</source>
      <translation>网格内地形</translation>
    </message>
    <message>
      <source>off: each cell is flat; on: cells follow the finest terrain within them, by tables of what they hold and let through, and depths are given on its pixels; cells: the same, with depths over the mean ground of each cell. For local inertial flow; large cells then see ditches, banks and streets that are narrower.</source>
      <translation>关：每个网格为平面；开：网格依其内部最精细地形的蓄水和过水表计算，水深给在地形像素上；网格：同上，但水深相对于网格平均地面。用于局部惯性；大网格也能反映更窄的沟渠、堤岸和街道。</translation>
    </message>
    <message>
      <source>off</source>
      <translation>关</translation>
    </message>
    <message>
      <source>on</source>
      <translation>运行</translation>
    </message>
    <message>
      <source>cells</source>
      <translation>网格</translation>
    </message>
    <message>
      <source>Buildings</source>
      <translation>建筑</translation>
    </message>
    <message>
      <source>block: no water gets in; resist: it gets in and through, slowly, as where doors and windows leak; porosity: houses take away the room and the ways that they stand in, however large the cells (local inertial flow; with tables of the ground within cells).</source>
      <translation>阻挡：水不进入；阻滞：水经门窗缝隙缓慢进入并穿过；孔隙率：无论网格多大，房屋按所占空间和通道减小蓄水与过水（局部惯性；配合网格内地形表）。</translation>
    </message>
    <message>
      <source>block</source>
      <translation>阻挡</translation>
    </message>
    <message>
      <source>resist</source>
      <translation>阻力</translation>
    </message>
    <message>
      <source>porosity</source>
      <translation>孔隙率</translation>
    </message>
    <message>
      <source>Roughness, inside buildings</source>
      <translation>糙率，建筑内</translation>
    </message>
    <message>
      <source>Of buildings that resist.</source>
      <translation>用于有阻力的建筑。</translation>
    </message>
    <message>
      <source>Rain on roofs</source>
      <translation>屋面雨水</translation>
    </message>
    <message>
      <source>street: runs to the nearest ground; drain: is led away.</source>
      <translation>街道：流到最近的地面；排水：被排走。</translation>
    </message>
    <message>
      <source>street</source>
      <translation>街道</translation>
    </message>
    <message>
      <source>drain</source>
      <translation>排水</translation>
    </message>
    <message>
      <source>Roughness, built-up</source>
      <translation>糙率，建成区</translation>
    </message>
    <message>
      <source>Roughness, green</source>
      <translation>糙率，绿地</translation>
    </message>
    <message>
      <source>Roughness, roads</source>
      <translation>糙率，道路</translation>
    </message>
    <message>
      <source>Curve number of open ground (0: by soil)</source>
      <translation>空地的曲线数（0：按土壤）</translation>
    </message>
    <message>
      <source>Constant infiltration</source>
      <translation>恒定下渗</translation>
    </message>
    <message>
      <source>Horton, at the start</source>
      <translation>霍顿，初始</translation>
    </message>
    <message>
      <source>Horton, in the end</source>
      <translation>霍顿，最终</translation>
    </message>
    <message>
      <source>Horton, decay</source>
      <translation>霍顿，衰减</translation>
    </message>
    <message>
      <source>Courant number</source>
      <translation>库朗数</translation>
    </message>
    <message>
      <source>Share of a face's own flow</source>
      <translation>界面自身流量的权重</translation>
    </message>
    <message>
      <source>Less is smoother.</source>
      <translation>越小越平滑。</translation>
    </message>
    <message>
      <source>Greatest Froude number</source>
      <translation>最大弗劳德数</translation>
    </message>
    <message>
      <source>Flow is held below this.</source>
      <translation>流动保持在此值以下。</translation>
    </message>
    <message>
      <source>Computed by</source>
      <translation>计算设备</translation>
    </message>
    <message>
      <source>auto: a graphics card (NVIDIA, with the extra gpu) where there is one and the cells are many; gpu: by it or not at all.</source>
      <translation>自动：有显卡（NVIDIA，需安装gpu附加组件）且网格很多时使用显卡；gpu：只用显卡。</translation>
    </message>
    <message>
      <source>auto</source>
      <translation>自动</translation>
    </message>
    <message>
      <source>cpu</source>
      <translation>处理器</translation>
    </message>
    <message>
      <source>gpu</source>
      <translation>显卡</translation>
    </message>
    <message>
      <source>Flood impact</source>
      <translation>洪水影响</translation>
    </message>
    <message>
      <source>Which buildings does the water reach, who is in them, and what does it cost?</source>
      <translation>水会到达哪些建筑，里面有谁，损失多少？</translation>
    </message>
    <message>
      <source>Ground floor above the ground</source>
      <translation>首层高出地面</translation>
    </message>
    <message>
      <source>Water that stays below it does no damage.</source>
      <translation>低于此高度的水不造成损失。</translation>
    </message>
    <message>
      <source>People count as affected from</source>
      <translation>计为受影响人口的起始水深</translation>
    </message>
    <message>
      <source>Depth at the building.</source>
      <translation>建筑处的水深。</translation>
    </message>
    <message>
      <source>People have to leave from</source>
      <translation>人员需撤离的水深</translation>
    </message>
    <message>
      <source>Depth at their home.</source>
      <translation>住宅处水深。</translation>
    </message>
    <message>
      <source>Deaths</source>
      <translation>死亡人数</translation>
    </message>
    <message>
      <source>Mortality functions of Jonkman et al. 2008 (Dutch and American floods), or the British method FD2321 with injuries.</source>
      <translation>Jonkman等（2008）的死亡率函数（荷兰和美国洪水），或英国FD2321方法（含受伤人数）。</translation>
    </message>
    <message>
      <source>jonkman</source>
      <translation>Jonkman 2008</translation>
    </message>
    <message>
      <source>fd2321</source>
      <translation>FD2321</translation>
    </message>
    <message>
      <source>Houses may be destroyed by the stream</source>
      <translation>房屋可能被水流冲毁</translation>
    </message>
    <message>
      <source>Brick and masonry from 2 m/s; needs the flow speed.</source>
      <translation>砖石房屋，流速2米/秒起；需要流速。</translation>
    </message>
    <message>
      <source>Own damage functions</source>
      <translation>自定义损失函数</translation>
    </message>
    <message>
      <source>A CSV or NRML file with functions named residential, commercial, industrial, or a folder of Hazus tables. Empty: the functions of the continent.</source>
      <translation>CSV或NRML文件，函数名为residential、commercial、industrial；或Hazus表格文件夹。留空：使用所在大洲的函数。</translation>
    </message>
    <message>
      <source>Storeys that water can reach</source>
      <translation>水可及的层数</translation>
    </message>
    <message>
      <source>Of a tower only these count: the curves end at 6 m.</source>
      <translation>高楼只计这些层：曲线止于 6 米。</translation>
    </message>
    <message>
      <source>GDP per head for default values</source>
      <translation>默认价值所用人均 GDP</translation>
    </message>
    <message>
      <source>US$ of 2010; 0 takes the region's figure. Used only where the city gives no value, and for closed businesses.</source>
      <translation>2010年美元；0表示采用所在地区的数值。仅在城市未给出价值时及计算停业损失时使用。</translation>
    </message>
    <message>
      <source>Share of the displaced who need a shelter</source>
      <translation>撤离人员中需要避难所的比例</translation>
    </message>
    <message>
      <source>Where the income of the people is not known.</source>
      <translation>居民收入未知时使用。</translation>
    </message>
    <message>
      <source>People leave homes without power or water after</source>
      <translation>停电或停水多久后居民离开</translation>
    </message>
    <message>
      <source>Counts only where a model of power or water runs along.</source>
      <translation>仅在同时运行供电或供水模型时起作用。</translation>
    </message>
    <message>
      <source>Vulnerability of the area (FD2321)</source>
      <translation>区域脆弱性（FD2321）</translation>
    </message>
    <message>
      <source>Sum of 1 to 3 each for warning, speed of onset and nature of the area.</source>
      <translation>预警、来水快慢和区域性质各1至3分之和。</translation>
    </message>
    <message>
      <source>Share of vulnerable people (FD2321)</source>
      <translation>脆弱人群比例（FD2321）</translation>
    </message>
    <message>
      <source>Long-term ill and over 75 years.</source>
      <translation>长期患病者和75岁以上者。</translation>
    </message>
    <message>
      <source>Water in the metro</source>
      <translation>地铁进水</translation>
    </message>
    <message>
      <source>Which metro stations does the water flood, through their entrances or through the tunnels?</source>
      <translation>水经出入口或隧道淹没哪些地铁站？</translation>
    </message>
    <message>
      <source>Pumps of a station</source>
      <translation>车站水泵</translation>
    </message>
    <message>
      <source>Sumps are made for seepage and fire water, not for floods.</source>
      <translation>集水井按渗水和消防排水设计，不按洪水设计。</translation>
    </message>
    <message>
      <source>A station holds before water runs on</source>
      <translation>水流入隧道前车站可容水量</translation>
    </message>
    <message>
      <source>Then it runs into the tunnels on either side.</source>
      <translation>此后流入两侧隧道。</translation>
    </message>
    <message>
      <source>Floor of a station</source>
      <translation>车站底板面积</translation>
    </message>
    <message>
      <source>Closed at water on the floor</source>
      <translation>停运的底板水深</translation>
    </message>
    <message>
      <source>Needs a repair at water on the floor</source>
      <translation>须抢修的底板水深</translation>
    </message>
    <message>
      <source>Above it cables, doors and signals stand in water and a crew must come.</source>
      <translation>超过时电缆、屏蔽门和信号设备受淹，须抢修队伍到场。</translation>
    </message>
    <message>
      <source>Entrances where none is known</source>
      <translation>出入口未知时的个数</translation>
    </message>
    <message>
      <source>Sill of an assumed entrance</source>
      <translation>假定出入口的门槛高</translation>
    </message>
    <message>
      <source>Width of an assumed entrance</source>
      <translation>假定出入口的宽度</translation>
    </message>
    <message>
      <source>Tracks lie below the ground where not known</source>
      <translation>轨道埋深（未知时）</translation>
    </message>
    <message>
      <source>Free section of both tunnels</source>
      <translation>两条隧道的净断面积</translation>
    </message>
    <message>
      <source>Manning n of the tunnels</source>
      <translation>隧道曼宁糙率n</translation>
    </message>
    <message>
      <source>Power supply</source>
      <translation>供电</translation>
    </message>
    <message>
      <source>Who has no power, and because of what?</source>
      <translation>谁停电，原因何在？</translation>
    </message>
    <message>
      <source>Flow</source>
      <translation>流量</translation>
    </message>
    <message>
      <source>dc: active power, linear. ac: voltages and losses by pandapower, for networks that have its tables; auto: ac for those.</source>
      <translation>直流：线性有功潮流。交流：由pandapower计算电压和网损，用于具备其数据表的电网；自动：此类电网用交流。</translation>
    </message>
    <message>
      <source>dc</source>
      <translation>直流潮流</translation>
    </message>
    <message>
      <source>ac</source>
      <translation>交流潮流</translation>
    </message>
    <message>
      <source>Overload borne</source>
      <translation>容许过载</translation>
    </message>
    <message>
      <source>A line may carry this share of its rating.</source>
      <translation>线路可承载额定容量的该比例。</translation>
    </message>
    <message>
      <source>Overload trips after</source>
      <translation>过载跳闸时间</translation>
    </message>
    <message>
      <source>How long a line carries too much before its protection opens it.</source>
      <translation>线路过载多久后保护动作跳闸。</translation>
    </message>
    <message>
      <source>Shedding</source>
      <translation>甩负荷</translation>
    </message>
    <message>
      <source>What is shed where a line or a source is too small: evenly, hospitals and pumps last, or nothing (lines trip, an island that is short goes dark). Loads fed over ties are shed before all others.</source>
      <translation>线路或电源容量不足时的甩负荷方式：按比例；按优先级（医院和水泵最后）；或不甩（线路跳闸，电力不足的孤网全停）。经联络线供电的负荷最先甩除。</translation>
    </message>
    <message>
      <source>proportional</source>
      <translation>按比例</translation>
    </message>
    <message>
      <source>priority</source>
      <translation>按优先级</translation>
    </message>
    <message>
      <source>Use ties</source>
      <translation>使用联络线</translation>
    </message>
    <message>
      <source>Lines that are normally open are closed to dark parts.</source>
      <translation>向停电区域合上常开线路。</translation>
    </message>
    <message>
      <source>Ties are closed after</source>
      <translation>联络线合闸时间</translation>
    </message>
    <message>
      <source>Remote switching takes minutes, a crew about an hour.</source>
      <translation>遥控操作需几分钟，人工约一小时。</translation>
    </message>
    <message>
      <source>Back after repair</source>
      <translation>修复后恢复供电时间</translation>
    </message>
    <message>
      <source>From the end of a failure until what failed carries power again.</source>
      <translation>从故障结束到恢复带电的时间。</translation>
    </message>
    <message>
      <source>Back only by hand</source>
      <translation>仅人工恢复</translation>
    </message>
    <message>
      <source>What failed stays out until a change `switch` puts it on.</source>
      <translation>失效设备保持停运，直到以“投切”变更投入。</translation>
    </message>
    <message>
      <source>Generators carry islands</source>
      <translation>发电机带孤网运行</translation>
    </message>
    <message>
      <source>Rotating generators of a part that is cut off go on supplying it. Inverters go off with the grid.</source>
      <translation>被隔断区域的旋转发电机继续供电；逆变器随电网退出。</translation>
    </message>
    <message>
      <source>Assumed rating</source>
      <translation>假定额定容量</translation>
    </message>
    <message>
      <source>Rating of lines that state none, as a multiple of what they carry when all is well; 0: they carry whatever flows.</source>
      <translation>未注明额定容量的线路取正常负载的倍数；0：不限容量。</translation>
    </message>
    <message>
      <source>Power factor</source>
      <translation>功率因数</translation>
    </message>
    <message>
      <source>Active over apparent power, where the network states no reactive loads.</source>
      <translation>有功与视在功率之比；用于电网未注明无功负荷时。</translation>
    </message>
    <message>
      <source>Usual day</source>
      <translation>典型日</translation>
    </message>
    <message>
      <source>Loads follow the hours of a usual day, the highest of which the network states; not where it states a load flow (p_mw).</source>
      <translation>负荷按普通日逐时变化，其最大值为电网给定值；电网给定潮流（p_mw）时不适用。</translation>
    </message>
    <message>
      <source>Crews and repairs</source>
      <translation>抢修队伍与修复</translation>
    </message>
    <message>
      <source>What is out of order, and when is it mended?</source>
      <translation>哪些设施故障，何时修复？</translation>
    </message>
    <message>
      <source>Crews for power</source>
      <translation>电力抢修队伍</translation>
    </message>
    <message>
      <source>Crews for water</source>
      <translation>供水抢修队伍</translation>
    </message>
    <message>
      <source>Crews for roads</source>
      <translation>道路抢修队伍</translation>
    </message>
    <message>
      <source>Crews for sites and pumps</source>
      <translation>设施和泵站抢修队伍</translation>
    </message>
    <message>
      <source>Order of repairs</source>
      <translation>抢修顺序</translation>
    </message>
    <message>
      <source>weight: what most depend on first; nearest: the shortest way first; listed: as named below.</source>
      <translation>影响：被依赖最多者优先；就近：路程最短者优先；列表：按下面所列。</translation>
    </message>
    <message>
      <source>weight</source>
      <translation>影响优先</translation>
    </message>
    <message>
      <source>nearest</source>
      <translation>就近</translation>
    </message>
    <message>
      <source>listed</source>
      <translation>按列表</translation>
    </message>
    <message>
      <source>Listed order</source>
      <translation>列表顺序</translation>
    </message>
    <message>
      <source>Ids separated by commas; the others follow by weight.</source>
      <translation>编号以逗号分隔；其余按影响排序。</translation>
    </message>
    <message>
      <source>Times of repair times</source>
      <translation>抢修时长倍数</translation>
    </message>
    <message>
      <source>Hours of work come from the city (column repair_h) or the table of assumptions; this moves them all.</source>
      <translation>抢修工时取自城市数据（repair_h列）或假设表；此处统一调整。</translation>
    </message>
    <message>
      <source>Crews are ready after</source>
      <translation>抢修队伍集结时间</translation>
    </message>
    <message>
      <source>Ambulance and fire response</source>
      <translation>急救与消防响应</translation>
    </message>
    <message>
      <source>How soon are ambulance and fire brigade at each building, and who is not reached at all?</source>
      <translation>救护车和消防车多快到达每栋建筑，哪里完全无法到达？</translation>
    </message>
    <message>
      <source>In time up to</source>
      <translation>按时到达时限</translation>
    </message>
    <message>
      <source>At the latest</source>
      <translation>最迟到达时限</translation>
    </message>
    <message>
      <source>Ambulance leaves after</source>
      <translation>救护车出动时间</translation>
    </message>
    <message>
      <source>Fire engine leaves after</source>
      <translation>消防车出动时间</translation>
    </message>
    <message>
      <source>Ambulance stays at the scene</source>
      <translation>救护车现场停留时间</translation>
    </message>
    <message>
      <source>Share of the delay by traffic that blue lights avoid</source>
      <translation>警灯可避免的交通延误比例</translation>
    </message>
    <message>
      <source>Where the run has traffic; without it roads are free.</source>
      <translation>用于含交通模型的运行；否则道路畅通。</translation>
    </message>
    <message>
      <source>Fire engines drive through water at</source>
      <translation>消防车涉水车速</translation>
    </message>
    <message>
      <source>On roads that cars cannot take and fire engines can.</source>
      <translation>用于小汽车不能通行而消防车可通行的道路。</translation>
    </message>
    <message>
      <source>Roads under water</source>
      <translation>道路积水</translation>
    </message>
    <message>
      <source>Which roads can still be driven, and who is cut off from help?</source>
      <translation>哪些道路仍可通行，谁与救援隔绝？</translation>
    </message>
    <message>
      <source>Impassable from</source>
      <translation>不可通行的起始水深</translation>
    </message>
    <message>
      <source>Depth of water from which nobody drives.</source>
      <translation>从此水深起无法行车。</translation>
    </message>
    <message>
      <source>Vehicles that must get through</source>
      <translation>须能通行的车辆</translation>
    </message>
    <message>
      <source>What the water must not move: depth times speed 0.3, 0.45 or 0.6 m2/s; large cars stand 0.4 m, four-wheel drives 0.5 m.</source>
      <translation>水流不得冲动的车辆：水深乘流速0.3、0.45或0.6平方米/秒；大型轿车可承受0.4米水深，四驱车0.5米。</translation>
    </message>
    <message>
      <source>small_car</source>
      <translation>小型轿车</translation>
    </message>
    <message>
      <source>large_car</source>
      <translation>大型轿车</translation>
    </message>
    <message>
      <source>four_wheel_drive</source>
      <translation>四驱车</translation>
    </message>
    <message>
      <source>The water carries debris</source>
      <translation>水中有漂浮物</translation>
    </message>
    <message>
      <source>Roads are impassable from where floating debris makes it dangerous for most people (hazard rating 1.25).</source>
      <translation>漂浮物使多数人有危险（危险等级1.25）时，道路不可通行。</translation>
    </message>
    <message>
      <source>Fire engines get through up to</source>
      <translation>消防车可涉水深度</translation>
    </message>
    <message>
      <source>Depth that they wade; in a stream they are stopped like four-wheel drives.</source>
      <translation>可涉水的深度；在水流中与四驱车同样受阻。</translation>
    </message>
    <message>
      <source>Counts as slowed below</source>
      <translation>低于此值计为减速</translation>
    </message>
    <message>
      <source>Share of the free speed.</source>
      <translation>占自由流速度的比例。</translation>
    </message>
    <message>
      <source>Shelters</source>
      <translation>避难所</translation>
    </message>
    <message>
      <source>Where do those who have to leave find a place, and who does not?</source>
      <translation>撤离者可在何处安置，谁得不到安置？</translation>
    </message>
    <message>
      <source>They go</source>
      <translation>出行方式</translation>
    </message>
    <message>
      <source>On foot any street may be taken in either direction.</source>
      <translation>步行时任何街道均可双向通行。</translation>
    </message>
    <message>
      <source>walk</source>
      <translation>步行</translation>
    </message>
    <message>
      <source>car</source>
      <translation>小汽车</translation>
    </message>
    <message>
      <source>Walking speed</source>
      <translation>步行速度</translation>
    </message>
    <message>
      <source>They wade up to</source>
      <translation>可涉水深度</translation>
    </message>
    <message>
      <source>On foot; at half the speed.</source>
      <translation>步行；速度减半。</translation>
    </message>
    <message>
      <source>Longest way</source>
      <translation>最长路程</translation>
    </message>
    <message>
      <source>Farther shelters are not assigned.</source>
      <translation>更远的避难所不予分配。</translation>
    </message>
    <message>
      <source>A shelter closes from</source>
      <translation>避难所关闭的水深</translation>
    </message>
    <message>
      <source>Depth of water at its walls.</source>
      <translation>墙边水深。</translation>
    </message>
    <message>
      <source>Places where none are stated</source>
      <translation>未注明时的床位数</translation>
    </message>
    <message>
      <source>For shelters without a capacity.</source>
      <translation>用于未注明容量的避难所。</translation>
    </message>
    <message>
      <source>Shared out anew every</source>
      <translation>重新分配间隔</translation>
    </message>
    <message>
      <source>Those who have gone stay where they are; only who needs a place since then is assigned.</source>
      <translation>已到达者留在原处；仅分配此后需要安置的人。</translation>
    </message>
    <message>
      <source>People without services</source>
      <translation>服务中断人口</translation>
    </message>
    <message>
      <source>Who is without power, water and connection, and for how long?</source>
      <translation>谁停电、停水、断信号，持续多久？</translation>
    </message>
    <message>
      <source>A mast serves within</source>
      <translation>基站覆盖半径</translation>
    </message>
    <message>
      <source>Of masts whose reach the city does not state (column range_m).</source>
      <translation>用于城市未注明覆盖半径的基站（range_m列）。</translation>
    </message>
    <message>
      <source>Road traffic</source>
      <translation>道路交通</translation>
    </message>
    <message>
      <source>Where does traffic go when roads are closed, and how much time is lost?</source>
      <translation>道路封闭后车流去向何处，损失多少时间？</translation>
    </message>
    <message>
      <source>Cars drive</source>
      <translation>车辆行驶方式</translation>
    </message>
    <message>
      <source>static: every hour in equilibrium, at once. dynamic: car by car on the clock; queues spill back and last, and drivers turn round before closed roads. Takes longer.</source>
      <translation>static：每小时达到均衡，一次算出。dynamic：逐车随时间行驶；排队会回溢并持续，司机在封闭道路前掉头。耗时更长。</translation>
    </message>
    <message>
      <source>static</source>
      <translation>静态</translation>
    </message>
    <message>
      <source>dynamic</source>
      <translation>动态</translation>
    </message>
    <message>
      <source>Trips made by car</source>
      <translation>小汽车出行比例</translation>
    </message>
    <message>
      <source>Share of all trips. Not used where the city has a table of trips.</source>
      <translation>占全部出行的比例。城市有出行表时不使用。</translation>
    </message>
    <message>
      <source>Trips of a person</source>
      <translation>人均出行次数</translation>
    </message>
    <message>
      <source>Drivers learn of changes every</source>
      <translation>驾驶人获知路况间隔</translation>
    </message>
    <message>
      <source>Routes are chosen anew at most so often, and only where roads or the hour have changed; static only.</source>
      <translation>重新选择路线的最短间隔，且仅当道路或时刻变化时；仅静态。</translation>
    </message>
    <message>
      <source>Trips are given up beyond</source>
      <translation>放弃出行的额外时间</translation>
    </message>
    <message>
      <source>Longer than usual by so much.</source>
      <translation>比平时多出的时间。</translation>
    </message>
    <message>
      <source>Drivers on the clock look anew every</source>
      <translation>动态司机重新选路间隔</translation>
    </message>
    <message>
      <source>Dynamic only: at queues as they are, a fifth of all goals at a time.</source>
      <translation>仅动态：按当前排队，每次更新五分之一的目的地。</translation>
    </message>
    <message>
      <source>Roads fill before the start for</source>
      <translation>开始前道路加载时长</translation>
    </message>
    <message>
      <source>Dynamic only.</source>
      <translation>仅动态。</translation>
    </message>
    <message>
      <source>Zones</source>
      <translation>分区</translation>
    </message>
    <message>
      <source>Buildings are gathered in at most so many squares.</source>
      <translation>建筑最多归并为这么多个方格。</translation>
    </message>
    <message>
      <source>Deterrence of distance</source>
      <translation>距离阻抗系数</translation>
    </message>
    <message>
      <source>Trips fall off as exp(-deterrence x minutes).</source>
      <translation>出行按exp(-系数×分钟)衰减。</translation>
    </message>
    <message>
      <source>An hour is worth</source>
      <translation>一小时的价值</translation>
    </message>
    <message>
      <source>In the unit of the network's tolls.</source>
      <translation>以路网收费的单位计。</translation>
    </message>
    <message>
      <source>Relative gap</source>
      <translation>相对间隙</translation>
    </message>
    <message>
      <source>How near to equilibrium is near enough; static only.</source>
      <translation>与均衡的接近程度要求；仅静态。</translation>
    </message>
    <message>
      <source>Public transport</source>
      <translation>公共交通</translation>
    </message>
    <message>
      <source>Which lines are cut, who cannot travel, and how much longer do the others take?</source>
      <translation>哪些线路中断，谁无法出行，其他人要多花多少时间？</translation>
    </message>
    <message>
      <source>Taken from the scenario's start where it has one.</source>
      <translation>若情景有开始时间，则由其决定。</translation>
    </message>
    <message>
      <source>Day of the timetable</source>
      <translation>时刻表日期</translation>
    </message>
    <message>
      <source>monday</source>
      <translation>星期一</translation>
    </message>
    <message>
      <source>tuesday</source>
      <translation>星期二</translation>
    </message>
    <message>
      <source>wednesday</source>
      <translation>星期三</translation>
    </message>
    <message>
      <source>thursday</source>
      <translation>星期四</translation>
    </message>
    <message>
      <source>friday</source>
      <translation>星期五</translation>
    </message>
    <message>
      <source>saturday</source>
      <translation>星期六</translation>
    </message>
    <message>
      <source>sunday</source>
      <translation>星期日</translation>
    </message>
    <message>
      <source>Rides a person near a stop sets out on in an hour</source>
      <translation>站点附近每人每小时出行次数</translation>
    </message>
    <message>
      <source>Too late when longer than usual by</source>
      <translation>视为过晚的额外时间</translation>
    </message>
    <message>
      <source>People walk to a stop within</source>
      <translation>步行到站的最远距离</translation>
    </message>
    <message>
      <source>Walk from stop to stop within</source>
      <translation>站间步行换乘的最远距离</translation>
    </message>
    <message>
      <source>Change from one vehicle to the next takes</source>
      <translation>换乘时间</translation>
    </message>
    <message>
      <source>Moments looked at in an hour</source>
      <translation>每小时计算时刻数</translation>
    </message>
    <message>
      <source>Stops looked from at most</source>
      <translation>最多计算的出发站点数</translation>
    </message>
    <message>
      <source>Of a larger network those with most people near them.</source>
      <translation>网络更大时取附近人口最多的站点。</translation>
    </message>
    <message>
      <source>People with contaminated water</source>
      <translation>用水受污染人员</translation>
    </message>
    <message>
      <source>How many people have water that must not be drunk, where, and for how long?</source>
      <translation>多少人的用水不可饮用、在何处、持续多久？</translation>
    </message>
    <message>
      <source>Water supply</source>
      <translation>供水管网</translation>
    </message>
    <message>
      <source>Who has no water, too little pressure or water not to be drunk, and because of what?</source>
      <translation>谁停水、水压不足或用水不可饮用，原因是什么？</translation>
    </message>
    <message>
      <source>Least pressure</source>
      <translation>最低水压</translation>
    </message>
    <message>
      <source>Below it nothing comes out.</source>
      <translation>低于此值不出水。</translation>
    </message>
    <message>
      <source>Pressure for full demand</source>
      <translation>满足全部需水的水压</translation>
    </message>
    <message>
      <source>From it all of the demand is served; 14 m are 20 psi.</source>
      <translation>达到此值时满足全部需水；14米即20 psi。</translation>
    </message>
    <message>
      <source>Exponent of pressure</source>
      <translation>水压指数</translation>
    </message>
    <message>
      <source>Served share = ((p - least) / (full - least)) ^ exponent.</source>
      <translation>供水比例 = ((p - 最低) / (满足 - 最低)) ^ 指数。</translation>
    </message>
    <message>
      <source>Demands</source>
      <translation>需水模式</translation>
    </message>
    <message>
      <source>Demand-driven takes all of the demand whatever the pressure, as planning does; shares then follow from the pressure.</source>
      <translation>需水驱动如规划计算，无论水压均取全部需水；供水比例再由水压得出。</translation>
    </message>
    <message>
      <source>pressure-driven</source>
      <translation>压力驱动</translation>
    </message>
    <message>
      <source>demand-driven</source>
      <translation>需水驱动</translation>
    </message>
    <message>
      <source>Demand factor</source>
      <translation>需水系数</translation>
    </message>
    <message>
      <source>All demands are multiplied by it.</source>
      <translation>全部需水乘以此系数。</translation>
    </message>
    <message>
      <source>Demand by hour of a usual day where the network states no pattern.</source>
      <translation>管网未给出用水模式时，采用典型日逐时需水。</translation>
    </message>
    <message>
      <source>Power that pumps need</source>
      <translation>水泵所需供电比例</translation>
    </message>
    <message>
      <source>Pumps and works stop below this share of their power.</source>
      <translation>供电低于此比例时水泵和水厂停运。</translation>
    </message>
    <message>
      <source>Hole of a broken pipe</source>
      <translation>破裂管道的孔口</translation>
    </message>
    <message>
      <source>Its area over that of the pipe; 0: a broken pipe is shut at once.</source>
      <translation>孔口与管道断面积之比；0：破裂管道立即关断。</translation>
    </message>
    <message>
      <source>Discharge coefficient</source>
      <translation>流量系数</translation>
    </message>
    <message>
      <source>Q = C A sqrt(2 g h).</source>
      <translation>Q = C A sqrt(2 g h)。</translation>
    </message>
    <message>
      <source>Broken pipes are shut after</source>
      <translation>破裂管道关断时间</translation>
    </message>
    <message>
      <source>Until a crew or a valve closes them.</source>
      <translation>直至抢修队伍或阀门将其关断。</translation>
    </message>
    <message>
      <source>Hydraulic step</source>
      <translation>水力计算步长</translation>
    </message>
    <message>
      <source>Longest time between two solutions; every change is solved at once.</source>
      <translation>两次求解的最长间隔；有变化时立即求解。</translation>
    </message>
    <message>
      <source>Step of what is in the water</source>
      <translation>水质计算步长</translation>
    </message>
    <message>
      <source>Where a contaminant is followed; hydraulics take no longer steps then.</source>
      <translation>跟踪污染物时使用；此时水力计算步长不超过它。</translation>
    </message>
    <message>
      <source>Flood barrier</source>
      <translation>防洪墙</translation>
    </message>
    <message>
      <source>A wall or levee that water cannot pass below its crest.</source>
      <translation>水在墙顶以下无法越过的墙或堤。</translation>
    </message>
    <message>
      <source>Crest above the highest ground along it</source>
      <translation>墙顶高出沿线最高地面</translation>
    </message>
    <message>
      <source>The crest is level.</source>
      <translation>墙顶水平。</translation>
    </message>
    <message>
      <source>Crest level</source>
      <translation>墙顶高程</translation>
    </message>
    <message>
      <source>In the city's vertical datum; replaces the other.</source>
      <translation>采用本城高程基准；取代另一值。</translation>
    </message>
    <message>
      <source>Pump</source>
      <translation>水泵</translation>
    </message>
    <message>
      <source>Takes water off the ground where it stands, up to its capacity.</source>
      <translation>在所在处抽走地面积水，直至其能力上限。</translation>
    </message>
    <message>
      <source>Capacity</source>
      <translation>能力</translation>
    </message>
    <message>
      <source>Running</source>
      <translation>运行中</translation>
    </message>
    <message>
      <source>Pump curve</source>
      <translation>水泵曲线</translation>
    </message>
    <message>
      <source>Head in m and m3/s in pairs: 0 2.0, 3 1.5, 6 0.</source>
      <translation>成对填写扬程（m）和流量（m3/s）：0 2.0, 3 1.5, 6 0。</translation>
    </message>
    <message>
      <source>Hangs on</source>
      <translation>供电来自</translation>
    </message>
    <message>
      <source>Id of the substation whose failure stops it.</source>
      <translation>变电站的编号，该站停电时水泵停机。</translation>
    </message>
    <message>
      <source>Fails in water deeper than</source>
      <translation>水深超过此值时失效</translation>
    </message>
    <message>
      <source>New station</source>
      <translation>新建站点</translation>
    </message>
    <message>
      <source>It is there from the start. Where it hangs on power and water is assumed by place.</source>
      <translation>自开始即存在。其供电与供水来源按位置假定。</translation>
    </message>
    <message>
      <source>Sort</source>
      <translation>类别</translation>
    </message>
    <message>
      <source>ambulance_station</source>
      <translation>急救站</translation>
    </message>
    <message>
      <source>fire_station</source>
      <translation>消防站</translation>
    </message>
    <message>
      <source>hospital</source>
      <translation>医院</translation>
    </message>
    <message>
      <source>shelter</source>
      <translation>避难所</translation>
    </message>
    <message>
      <source>police</source>
      <translation>警察局</translation>
    </message>
    <message>
      <source>Vehicles, beds, or people of a shelter.</source>
      <translation>车辆数、床位数或避难所容纳人数。</translation>
    </message>
    <message>
      <source>Name</source>
      <translation>名称</translation>
    </message>
    <message>
      <source>Storage basin</source>
      <translation>蓄水池</translation>
    </message>
    <message>
      <source>The ground is dug to a level floor.</source>
      <translation>地面下挖至水平底面。</translation>
    </message>
    <message>
      <source>Depth below the mean ground</source>
      <translation>低于平均地面的深度</translation>
    </message>
    <message>
      <source>Inflow</source>
      <translation>入流</translation>
    </message>
    <message>
      <source>A river that enters, a main that bursts, a tank that empties.</source>
      <translation>流入的河水、爆裂的干管、放空的水池。</translation>
    </message>
    <message>
      <source>Discharge</source>
      <translation>流量</translation>
    </message>
    <message>
      <source>Hydrograph</source>
      <translation>流量过程线</translation>
    </message>
    <message>
      <source>Seconds and m3/s in pairs: 0 0, 3600 20. Replaces the others.</source>
      <translation>成对的秒和立方米每秒：0 0, 3600 20。替代其他各项。</translation>
    </message>
    <message>
      <source>Shower</source>
      <translation>阵雨</translation>
    </message>
    <message>
      <source>Rain over an area, on top of the storm.</source>
      <translation>在暴雨之外，某一区域上的降雨。</translation>
    </message>
    <message>
      <source>Over time</source>
      <translation>随时间变化</translation>
    </message>
    <message>
      <source>Seconds and mm/h in pairs: 0 12, 600 48. Replaces the others.</source>
      <translation>成对的秒和毫米/小时：0 12, 600 48。取代其他数值。</translation>
    </message>
    <message>
      <source>Water at the start</source>
      <translation>初始积水</translation>
    </message>
    <message>
      <source>A reservoir before its dam goes, a flood that has come already.</source>
      <translation>溃坝前的水库，或已经到来的洪水。</translation>
    </message>
    <message>
      <source>Depth</source>
      <translation>水深</translation>
    </message>
    <message>
      <source>Level</source>
      <translation>水位</translation>
    </message>
    <message>
      <source>In the city's vertical datum; replaces the depth.</source>
      <translation>以城市高程基准计；替代水深。</translation>
    </message>
    <message>
      <source>Breach</source>
      <translation>溃口</translation>
    </message>
    <message>
      <source>The crest goes down to the bottom and the gap grows sideways; finite volumes compute the rush through it.</source>
      <translation>顶部降至底部，缺口向两侧扩大；有限体积法计算涌流。</translation>
    </message>
    <message>
      <source>Width of its bottom in the end</source>
      <translation>最终底宽</translation>
    </message>
    <message>
      <source>Grows for</source>
      <translation>发展时间</translation>
    </message>
    <message>
      <source>Bottom in the end</source>
      <translation>最终底高程</translation>
    </message>
    <message>
      <source>Else the lowest ground within its width.</source>
      <translation>否则取其宽度内的最低地面。</translation>
    </message>
    <message>
      <source>Raise ground</source>
      <translation>抬高地面</translation>
    </message>
    <message>
      <source>Rise</source>
      <translation>抬高</translation>
    </message>
    <message>
      <source>To this level</source>
      <translation>至此高程</translation>
    </message>
    <message>
      <source>Absolute; replaces the rise. Higher ground stays.</source>
      <translation>绝对高程；取代抬高值。更高的地面保持不变。</translation>
    </message>
    <message>
      <source>Green area</source>
      <translation>绿地</translation>
    </message>
    <message>
      <source>Unsealed ground, where rain seeps in.</source>
      <translation>未封闭地面，雨水可下渗。</translation>
    </message>
    <message>
      <source>Kind</source>
      <translation>类别</translation>
    </message>
    <message>
      <source>park</source>
      <translation>公园</translation>
    </message>
    <message>
      <source>grass</source>
      <translation>草地</translation>
    </message>
    <message>
      <source>garden</source>
      <translation>花园</translation>
    </message>
    <message>
      <source>wetland</source>
      <translation>湿地</translation>
    </message>
    <message>
      <source>Close road</source>
      <translation>封闭道路</translation>
    </message>
    <message>
      <source>Nobody drives there.</source>
      <translation>无人在此行车。</translation>
    </message>
    <message>
      <source>Reopen road</source>
      <translation>重新开放道路</translation>
    </message>
    <message>
      <source>Ends a closure; water still closes it.</source>
      <translation>结束封闭；积水仍会使其封闭。</translation>
    </message>
    <message>
      <source>Demolish</source>
      <translation>拆除</translation>
    </message>
    <message>
      <source>Culvert</source>
      <translation>涵洞</translation>
    </message>
    <message>
      <source>Lets water through under a road, bank or house, both ways.</source>
      <translation>让水从道路、堤岸或房屋下双向通过。</translation>
    </message>
    <message>
      <source>Width</source>
      <translation>宽度</translation>
    </message>
    <message>
      <source>Height</source>
      <translation>高度</translation>
    </message>
    <message>
      <source>Barrels</source>
      <translation>孔数</translation>
    </message>
    <message>
      <source>Diameter</source>
      <translation>直径</translation>
    </message>
    <message>
      <source>Of a pipe; replaces width and height.</source>
      <translation>圆管直径；代替宽度和高度。</translation>
    </message>
    <message>
      <source>Invert where it begins</source>
      <translation>起点管底高程</translation>
    </message>
    <message>
      <source>Else the ground.</source>
      <translation>不填则取地面。</translation>
    </message>
    <message>
      <source>Invert where it ends</source>
      <translation>终点管底高程</translation>
    </message>
    <message>
      <source>Roughness</source>
      <translation>糙率</translation>
    </message>
    <message>
      <source>Gate</source>
      <translation>闸门</translation>
    </message>
    <message>
      <source>In a flood wall, a culvert or the passage of a street; a trigger can switch it at any moment.</source>
      <translation>位于防洪墙、涵洞或道路下穿通道；触发器可随时启闭。</translation>
    </message>
    <message>
      <source>Opening</source>
      <translation>开度</translation>
    </message>
    <message>
      <source>Height under its edge when it is open.</source>
      <translation>开启时闸门下缘以下的高度。</translation>
    </message>
    <message>
      <source>Open</source>
      <translation>开启</translation>
    </message>
    <message>
      <source>Opens after</source>
      <translation>开启时间</translation>
    </message>
    <message>
      <source>Stays open (0: to the end)</source>
      <translation>开启时长（0：直到结束）</translation>
    </message>
    <message>
      <source>Sill</source>
      <translation>底槛高程</translation>
    </message>
    <message>
      <source>Metro flood gate</source>
      <translation>地铁防淹门</translation>
    </message>
    <message>
      <source>Raises the sill of the metro entrances where it is placed.</source>
      <translation>抬高所在处地铁出入口的挡水高度。</translation>
    </message>
    <message>
      <source>Height above the ground</source>
      <translation>高出地面</translation>
    </message>
    <message>
      <source>Switch on or off</source>
      <translation>开关</translation>
    </message>
    <message>
      <source>Anything that can fail: pumps, gates, substations, lines, pipes, roads, hospitals, masts.</source>
      <translation>凡可失效者：水泵、闸门、变电站、线路、管道、道路、医院、基站。</translation>
    </message>
    <message>
      <source>On, running or open</source>
      <translation>投入、运行或开启</translation>
    </message>
    <message>
      <source>Of gates; as it was where it is left out.</source>
      <translation>用于闸门；不填则保持原值。</translation>
    </message>
    <message>
      <source>Dependency</source>
      <translation>依赖关系</translation>
    </message>
    <message>
      <source>What an object leans on; one that is there already gets these values.</source>
      <translation>设施所依赖的对象；已有的依赖关系改取这些值。</translation>
    </message>
    <message>
      <source>Who gives it</source>
      <translation>供给方</translation>
    </message>
    <message>
      <source>Id of a power or water node or a mast; of access none.</source>
      <translation>电网或供水节点、基站的编号；道路通达则无。</translation>
    </message>
    <message>
      <source>What it needs</source>
      <translation>所需服务</translation>
    </message>
    <message>
      <source>power</source>
      <translation>电力</translation>
    </message>
    <message>
      <source>water</source>
      <translation>水体</translation>
    </message>
    <message>
      <source>comms</source>
      <translation>通信</translation>
    </message>
    <message>
      <source>access</source>
      <translation>道路通达</translation>
    </message>
    <message>
      <source>Reserve</source>
      <translation>备用时长</translation>
    </message>
    <message>
      <source>Hours it goes on without.</source>
      <translation>失去后可维持的小时数。</translation>
    </message>
    <message>
      <source>Without it</source>
      <translation>失去后</translation>
    </message>
    <message>
      <source>stops</source>
      <translation>停运</translation>
    </message>
    <message>
      <source>impairs</source>
      <translation>受限</translation>
    </message>
    <message>
      <source>Lost below</source>
      <translation>视为失去的门槛</translation>
    </message>
    <message>
      <source>Share of the provider's supply.</source>
      <translation>供给方供应的比例。</translation>
    </message>
    <message>
      <source>Water depth</source>
      <translation>积水深度</translation>
    </message>
    <message>
      <source>Change: Water depth</source>
      <translation>变化：积水深度</translation>
    </message>
    <message>
      <source>Maximum water depth</source>
      <translation>最大积水深度</translation>
    </message>
    <message>
      <source>Change: Maximum water depth</source>
      <translation>变化：最大积水深度</translation>
    </message>
    <message>
      <source>Flow speed</source>
      <translation>流速</translation>
    </message>
    <message>
      <source>Change: Flow speed</source>
      <translation>变化：流速</translation>
    </message>
    <message>
      <source>Greatest flow speed</source>
      <translation>最大流速</translation>
    </message>
    <message>
      <source>Change: Greatest flow speed</source>
      <translation>变化：最大流速</translation>
    </message>
    <message>
      <source>Flow towards east</source>
      <translation>向东流速</translation>
    </message>
    <message>
      <source>Change: Flow towards east</source>
      <translation>变化：向东流速</translation>
    </message>
    <message>
      <source>Flow towards north</source>
      <translation>向北流速</translation>
    </message>
    <message>
      <source>Change: Flow towards north</source>
      <translation>变化：向北流速</translation>
    </message>
    <message>
      <source>Time under more than 30 cm of water</source>
      <translation>积水超过30厘米的时长</translation>
    </message>
    <message>
      <source>Change: Time under more than 30 cm of water</source>
      <translation>变化：积水超过30厘米的时长</translation>
    </message>
    <message>
      <source>Danger to people (hazard rating)</source>
      <translation>洪水对人的危险等级</translation>
    </message>
    <message>
      <source>Change: Danger to people (hazard rating)</source>
      <translation>变化：洪水对人的危险等级</translation>
    </message>
    <message>
      <source>Chance of more than 10 cm of water</source>
      <translation>积水超过10厘米的概率</translation>
    </message>
    <message>
      <source>Change: Chance of more than 10 cm of water</source>
      <translation>变化：积水超过10厘米的概率</translation>
    </message>
    <message>
      <source>Chance of more than 30 cm of water</source>
      <translation>积水超过30厘米的概率</translation>
    </message>
    <message>
      <source>Change: Chance of more than 30 cm of water</source>
      <translation>变化：积水超过30厘米的概率</translation>
    </message>
    <message>
      <source>Chance of more than 1 m of water</source>
      <translation>积水超过1米的概率</translation>
    </message>
    <message>
      <source>Change: Chance of more than 1 m of water</source>
      <translation>变化：积水超过1米的概率</translation>
    </message>
    <message>
      <source>Maximum water depth, exceeded in 9 of 10 runs</source>
      <translation>最大积水深度（十次中九次超过）</translation>
    </message>
    <message>
      <source>Change: Maximum water depth, exceeded in 9 of 10 runs</source>
      <translation>变化：最大积水深度（十次中九次超过）</translation>
    </message>
    <message>
      <source>Maximum water depth, exceeded in half of the runs</source>
      <translation>最大积水深度（半数运行超过）</translation>
    </message>
    <message>
      <source>Change: Maximum water depth, exceeded in half of the runs</source>
      <translation>变化：最大积水深度（半数运行超过）</translation>
    </message>
    <message>
      <source>Maximum water depth, exceeded in 1 of 10 runs</source>
      <translation>最大积水深度（十次中一次超过）</translation>
    </message>
    <message>
      <source>Change: Maximum water depth, exceeded in 1 of 10 runs</source>
      <translation>变化：最大积水深度（十次中一次超过）</translation>
    </message>
    <message>
      <source>Return period of water over 10 cm</source>
      <translation>积水超过10厘米的重现期</translation>
    </message>
    <message>
      <source>Change: Return period of water over 10 cm</source>
      <translation>变化：积水超过10厘米的重现期</translation>
    </message>
    <message>
      <source>Chance of damage</source>
      <translation>受损概率</translation>
    </message>
    <message>
      <source>Change: Chance of damage</source>
      <translation>变化：受损概率</translation>
    </message>
    <message>
      <source>Mean loss of the building</source>
      <translation>建筑平均损失</translation>
    </message>
    <message>
      <source>Change: Mean loss of the building</source>
      <translation>变化：建筑平均损失</translation>
    </message>
    <message>
      <source>Expected annual loss of the building</source>
      <translation>建筑预期年损失</translation>
    </message>
    <message>
      <source>Change: Expected annual loss of the building</source>
      <translation>变化：建筑预期年损失</translation>
    </message>
    <message>
      <source>Hazard to cars, people and buildings (H1 to H6)</source>
      <translation>对车辆、行人和建筑的危险等级（H1至H6）</translation>
    </message>
    <message>
      <source>Change: Hazard to cars, people and buildings (H1 to H6)</source>
      <translation>变化：对车辆、行人和建筑的危险等级（H1至H6）</translation>
    </message>
    <message>
      <source>Arrival time of water</source>
      <translation>积水到达时间</translation>
    </message>
    <message>
      <source>Change: Arrival time of water</source>
      <translation>变化：积水到达时间</translation>
    </message>
    <message>
      <source>Water depth at building</source>
      <translation>建筑处水深</translation>
    </message>
    <message>
      <source>Change: Water depth at building</source>
      <translation>变化：建筑处水深</translation>
    </message>
    <message>
      <source>Maximum water depth at building</source>
      <translation>建筑处最大水深</translation>
    </message>
    <message>
      <source>Change: Maximum water depth at building</source>
      <translation>变化：建筑处最大水深</translation>
    </message>
    <message>
      <source>Damage share by the end</source>
      <translation>最终损毁比例</translation>
    </message>
    <message>
      <source>Change: Damage share by the end</source>
      <translation>变化：最终损毁比例</translation>
    </message>
    <message>
      <source>Direct loss by the end</source>
      <translation>最终直接损失</translation>
    </message>
    <message>
      <source>Change: Direct loss by the end</source>
      <translation>变化：最终直接损失</translation>
    </message>
    <message>
      <source>People affected by the end</source>
      <translation>最终受影响人数</translation>
    </message>
    <message>
      <source>Change: People affected by the end</source>
      <translation>变化：最终受影响人数</translation>
    </message>
    <message>
      <source>Water depth on road</source>
      <translation>道路水深</translation>
    </message>
    <message>
      <source>Change: Water depth on road</source>
      <translation>变化：道路水深</translation>
    </message>
    <message>
      <source>Share of free speed</source>
      <translation>通行速度比例</translation>
    </message>
    <message>
      <source>Change: Share of free speed</source>
      <translation>变化：通行速度比例</translation>
    </message>
    <message>
      <source>slowed</source>
      <translation>减速</translation>
    </message>
    <message>
      <source>impassable</source>
      <translation>不可通行</translation>
    </message>
    <message>
      <source>Worst road state</source>
      <translation>道路最差状态</translation>
    </message>
    <message>
      <source>Change: Worst road state</source>
      <translation>变化：道路最差状态</translation>
    </message>
    <message>
      <source>Road state</source>
      <translation>道路状态</translation>
    </message>
    <message>
      <source>Change: Road state</source>
      <translation>变化：道路状态</translation>
    </message>
    <message>
      <source>Smoke (PM2.5)</source>
      <translation>烟雾浓度 (PM2.5)</translation>
    </message>
    <message>
      <source>Change: Smoke (PM2.5)</source>
      <translation>变化：烟雾浓度 (PM2.5)</translation>
    </message>
    <message>
      <source>Fire line intensity</source>
      <translation>火线强度</translation>
    </message>
    <message>
      <source>Change: Fire line intensity</source>
      <translation>变化：火线强度</translation>
    </message>
    <message>
      <source>Wind towards east</source>
      <translation>向东风速</translation>
    </message>
    <message>
      <source>Change: Wind towards east</source>
      <translation>变化：向东风速</translation>
    </message>
    <message>
      <source>Wind towards north</source>
      <translation>向北风速</translation>
    </message>
    <message>
      <source>Change: Wind towards north</source>
      <translation>变化：向北风速</translation>
    </message>
    <message>
      <source>works</source>
      <translation>运行</translation>
    </message>
    <message>
      <source>failed</source>
      <translation>失效</translation>
    </message>
    <message>
      <source>Out of order: power site</source>
      <translation>电力设施故障</translation>
    </message>
    <message>
      <source>Change: Out of order: power site</source>
      <translation>变化：电力设施故障</translation>
    </message>
    <message>
      <source>Out of order: power line</source>
      <translation>电力线路故障</translation>
    </message>
    <message>
      <source>Change: Out of order: power line</source>
      <translation>变化：电力线路故障</translation>
    </message>
    <message>
      <source>Out of order: water works</source>
      <translation>供水设施故障</translation>
    </message>
    <message>
      <source>Change: Out of order: water works</source>
      <translation>变化：供水设施故障</translation>
    </message>
    <message>
      <source>Out of order: water pipe or pump</source>
      <translation>供水管线或水泵故障</translation>
    </message>
    <message>
      <source>Change: Out of order: water pipe or pump</source>
      <translation>变化：供水管线或水泵故障</translation>
    </message>
    <message>
      <source>Out of order: facility</source>
      <translation>设施故障</translation>
    </message>
    <message>
      <source>Change: Out of order: facility</source>
      <translation>变化：设施故障</translation>
    </message>
    <message>
      <source>Out of order: drainage pump</source>
      <translation>排水泵故障</translation>
    </message>
    <message>
      <source>Change: Out of order: drainage pump</source>
      <translation>变化：排水泵故障</translation>
    </message>
    <message>
      <source>Power supplied</source>
      <translation>供电率</translation>
    </message>
    <message>
      <source>Change: Power supplied</source>
      <translation>变化：供电率</translation>
    </message>
    <message>
      <source>Load of power line</source>
      <translation>线路负载率</translation>
    </message>
    <message>
      <source>Change: Load of power line</source>
      <translation>变化：线路负载率</translation>
    </message>
    <message>
      <source>Water pressure</source>
      <translation>水压</translation>
    </message>
    <message>
      <source>Change: Water pressure</source>
      <translation>变化：水压</translation>
    </message>
    <message>
      <source>Water supplied</source>
      <translation>供水率</translation>
    </message>
    <message>
      <source>Change: Water supplied</source>
      <translation>变化：供水率</translation>
    </message>
    <message>
      <source>Flow in water pipe</source>
      <translation>管道流量</translation>
    </message>
    <message>
      <source>Change: Flow in water pipe</source>
      <translation>变化：管道流量</translation>
    </message>
    <message>
      <source>Power at water works</source>
      <translation>水厂供电率</translation>
    </message>
    <message>
      <source>Change: Power at water works</source>
      <translation>变化：水厂供电率</translation>
    </message>
    <message>
      <source>Power at water pump</source>
      <translation>水泵供电率</translation>
    </message>
    <message>
      <source>Change: Power at water pump</source>
      <translation>变化：水泵供电率</translation>
    </message>
    <message>
      <source>Power at drainage pump</source>
      <translation>排水泵供电率</translation>
    </message>
    <message>
      <source>Change: Power at drainage pump</source>
      <translation>变化：排水泵供电率</translation>
    </message>
    <message>
      <source>Power at station</source>
      <translation>车站供电率</translation>
    </message>
    <message>
      <source>Change: Power at station</source>
      <translation>变化：车站供电率</translation>
    </message>
    <message>
      <source>on reserve</source>
      <translation>依靠备用</translation>
    </message>
    <message>
      <source>impaired</source>
      <translation>受限</translation>
    </message>
    <message>
      <source>down</source>
      <translation>停运</translation>
    </message>
    <message>
      <source>State of facility</source>
      <translation>设施状态</translation>
    </message>
    <message>
      <source>Change: State of facility</source>
      <translation>变化：设施状态</translation>
    </message>
    <message>
      <source>unhurt</source>
      <translation>完好</translation>
    </message>
    <message>
      <source>damaged</source>
      <translation>损坏</translation>
    </message>
    <message>
      <source>Put out of order by a hazard</source>
      <translation>灾害致故障</translation>
    </message>
    <message>
      <source>Change: Put out of order by a hazard</source>
      <translation>变化：灾害致故障</translation>
    </message>
    <message>
      <source>Out of order: road</source>
      <translation>道路中断</translation>
    </message>
    <message>
      <source>Change: Out of order: road</source>
      <translation>变化：道路中断</translation>
    </message>
    <message>
      <source>Out of order: metro station</source>
      <translation>地铁站故障</translation>
    </message>
    <message>
      <source>Change: Out of order: metro station</source>
      <translation>变化：地铁站故障</translation>
    </message>
    <message>
      <source>Out of order: mobile mast</source>
      <translation>通信基站故障</translation>
    </message>
    <message>
      <source>Change: Out of order: mobile mast</source>
      <translation>变化：通信基站故障</translation>
    </message>
    <message>
      <source>State of metro station</source>
      <translation>地铁站状态</translation>
    </message>
    <message>
      <source>Change: State of metro station</source>
      <translation>变化：地铁站状态</translation>
    </message>
    <message>
      <source>State of mobile mast</source>
      <translation>通信基站状态</translation>
    </message>
    <message>
      <source>Change: State of mobile mast</source>
      <translation>变化：通信基站状态</translation>
    </message>
    <message>
      <source>Power in building</source>
      <translation>建筑供电率</translation>
    </message>
    <message>
      <source>Change: Power in building</source>
      <translation>变化：建筑供电率</translation>
    </message>
    <message>
      <source>Water in building</source>
      <translation>建筑供水率</translation>
    </message>
    <message>
      <source>Change: Water in building</source>
      <translation>变化：建筑供水率</translation>
    </message>
    <message>
      <source>Mobile connection in building</source>
      <translation>建筑移动信号</translation>
    </message>
    <message>
      <source>Change: Mobile connection in building</source>
      <translation>变化：建筑移动信号</translation>
    </message>
    <message>
      <source>slight</source>
      <translation>轻微</translation>
    </message>
    <message>
      <source>moderate</source>
      <translation>中等</translation>
    </message>
    <message>
      <source>extensive</source>
      <translation>严重</translation>
    </message>
    <message>
      <source>complete</source>
      <translation>完全</translation>
    </message>
    <message>
      <source>Damage state by the end</source>
      <translation>最终损坏等级</translation>
    </message>
    <message>
      <source>Change: Damage state by the end</source>
      <translation>变化：最终损坏等级</translation>
    </message>
    <message>
      <source>Direct loss, low end</source>
      <translation>直接损失（低值）</translation>
    </message>
    <message>
      <source>Change: Direct loss, low end</source>
      <translation>变化：直接损失（低值）</translation>
    </message>
    <message>
      <source>Direct loss, high end</source>
      <translation>直接损失（高值）</translation>
    </message>
    <message>
      <source>Change: Direct loss, high end</source>
      <translation>变化：直接损失（高值）</translation>
    </message>
    <message>
      <source>stands</source>
      <translation>完好</translation>
    </message>
    <message>
      <source>partly destroyed</source>
      <translation>部分冲毁</translation>
    </message>
    <message>
      <source>destroyed</source>
      <translation>冲毁</translation>
    </message>
    <message>
      <source>Destroyed by the stream</source>
      <translation>水流冲毁</translation>
    </message>
    <message>
      <source>Change: Destroyed by the stream</source>
      <translation>变化：水流冲毁</translation>
    </message>
    <message>
      <source>Deaths expected in building</source>
      <translation>建筑内预期死亡人数</translation>
    </message>
    <message>
      <source>Change: Deaths expected in building</source>
      <translation>变化：建筑内预期死亡人数</translation>
    </message>
    <message>
      <source>Days until it works again</source>
      <translation>恢复使用所需天数</translation>
    </message>
    <message>
      <source>Change: Days until it works again</source>
      <translation>变化：恢复使用所需天数</translation>
    </message>
    <message>
      <source>People who have to leave</source>
      <translation>需撤离人数</translation>
    </message>
    <message>
      <source>Change: People who have to leave</source>
      <translation>变化：需撤离人数</translation>
    </message>
    <message>
      <source>People who need a place in a shelter</source>
      <translation>需避难所安置人数</translation>
    </message>
    <message>
      <source>Change: People who need a place in a shelter</source>
      <translation>变化：需避难所安置人数</translation>
    </message>
    <message>
      <source>People affected by the end, by zone</source>
      <translation>各区最终受影响人数</translation>
    </message>
    <message>
      <source>Change: People affected by the end, by zone</source>
      <translation>变化：各区最终受影响人数</translation>
    </message>
    <message>
      <source>People who have to leave, by zone</source>
      <translation>各区需撤离人数</translation>
    </message>
    <message>
      <source>Change: People who have to leave, by zone</source>
      <translation>变化：各区需撤离人数</translation>
    </message>
    <message>
      <source>Direct loss by the end, by zone</source>
      <translation>各区最终直接损失</translation>
    </message>
    <message>
      <source>Change: Direct loss by the end, by zone</source>
      <translation>变化：各区最终直接损失</translation>
    </message>
    <message>
      <source>Road state for fire engines</source>
      <translation>消防车道路状态</translation>
    </message>
    <message>
      <source>Change: Road state for fire engines</source>
      <translation>变化：消防车道路状态</translation>
    </message>
    <message>
      <source>People in shelter</source>
      <translation>避难所安置人数</translation>
    </message>
    <message>
      <source>Change: People in shelter</source>
      <translation>变化：避难所安置人数</translation>
    </message>
    <message>
      <source>Way to the shelter assigned</source>
      <translation>至指定避难所时间</translation>
    </message>
    <message>
      <source>Change: Way to the shelter assigned</source>
      <translation>变化：至指定避难所时间</translation>
    </message>
    <message>
      <source>Traffic</source>
      <translation>车流量</translation>
    </message>
    <message>
      <source>Change: Traffic</source>
      <translation>变化：车流量</translation>
    </message>
    <message>
      <source>Speed of traffic</source>
      <translation>行车速度</translation>
    </message>
    <message>
      <source>Change: Speed of traffic</source>
      <translation>变化：行车速度</translation>
    </message>
    <message>
      <source>Traffic by capacity</source>
      <translation>道路饱和度</translation>
    </message>
    <message>
      <source>Change: Traffic by capacity</source>
      <translation>变化：道路饱和度</translation>
    </message>
    <message>
      <source>Ambulance is there after</source>
      <translation>急救到达时间</translation>
    </message>
    <message>
      <source>Change: Ambulance is there after</source>
      <translation>变化：急救到达时间</translation>
    </message>
    <message>
      <source>Fire brigade is there after</source>
      <translation>消防到达时间</translation>
    </message>
    <message>
      <source>Change: Fire brigade is there after</source>
      <translation>变化：消防到达时间</translation>
    </message>
    <message>
      <source>In hospital after</source>
      <translation>送达医院时间</translation>
    </message>
    <message>
      <source>Change: In hospital after</source>
      <translation>变化：送达医院时间</translation>
    </message>
    <message>
      <source>Evacuated after</source>
      <translation>疏散完成时间</translation>
    </message>
    <message>
      <source>Change: Evacuated after</source>
      <translation>变化：疏散完成时间</translation>
    </message>
    <message>
      <source>Cars of the evacuation</source>
      <translation>疏散车辆数</translation>
    </message>
    <message>
      <source>Change: Cars of the evacuation</source>
      <translation>变化：疏散车辆数</translation>
    </message>
    <message>
      <source>Water in metro station</source>
      <translation>地铁站内水量</translation>
    </message>
    <message>
      <source>Change: Water in metro station</source>
      <translation>变化：地铁站内水量</translation>
    </message>
    <message>
      <source>Water on the floor of metro station</source>
      <translation>地铁站内水深</translation>
    </message>
    <message>
      <source>Change: Water on the floor of metro station</source>
      <translation>变化：地铁站内水深</translation>
    </message>
    <message>
      <source>Stations still reached</source>
      <translation>仍可到达的车站比例</translation>
    </message>
    <message>
      <source>Change: Stations still reached</source>
      <translation>变化：仍可到达的车站比例</translation>
    </message>
    <message>
      <source>Longer by public transport</source>
      <translation>公共交通额外时间</translation>
    </message>
    <message>
      <source>Change: Longer by public transport</source>
      <translation>变化：公共交通额外时间</translation>
    </message>
    <message>
      <source>trains run</source>
      <translation>列车运行</translation>
    </message>
    <message>
      <source>no trains</source>
      <translation>列车停运</translation>
    </message>
    <message>
      <source>Trains on the metro</source>
      <translation>地铁运行状态</translation>
    </message>
    <message>
      <source>Change: Trains on the metro</source>
      <translation>变化：地铁运行状态</translation>
    </message>
    <message>
      <source>Contaminant in the drinking water</source>
      <translation>饮用水中污染物浓度</translation>
    </message>
    <message>
      <source>Change: Contaminant in the drinking water</source>
      <translation>变化：饮用水中污染物浓度</translation>
    </message>
    <message>
      <source>Contaminant in the tap water of buildings</source>
      <translation>建筑自来水中污染物浓度</translation>
    </message>
    <message>
      <source>Change: Contaminant in the tap water of buildings</source>
      <translation>变化：建筑自来水中污染物浓度</translation>
    </message>
    <message>
      <source>Contaminant put into the water network</source>
      <translation>供水管网污染物投入速率</translation>
    </message>
    <message>
      <source>Change: Contaminant put into the water network</source>
      <translation>变化：供水管网污染物投入速率</translation>
    </message>
    <message>
      <source>Contaminant held in the water network at</source>
      <translation>供水管网污染物维持浓度</translation>
    </message>
    <message>
      <source>Change: Contaminant held in the water network at</source>
      <translation>变化：供水管网污染物维持浓度</translation>
    </message>
    <message>
      <source>Decay of the contaminant</source>
      <translation>污染物衰减系数</translation>
    </message>
    <message>
      <source>Change: Decay of the contaminant</source>
      <translation>变化：污染物衰减系数</translation>
    </message>
    <message>
      <source>Limit of the contaminant</source>
      <translation>污染物限值</translation>
    </message>
    <message>
      <source>Change: Limit of the contaminant</source>
      <translation>变化：污染物限值</translation>
    </message>
    <message>
      <source>Vehicles in queue</source>
      <translation>排队车辆数</translation>
    </message>
    <message>
      <source>Change: Vehicles in queue</source>
      <translation>变化：排队车辆数</translation>
    </message>
    <message>
      <source>Load of hospital, of the usual</source>
      <translation>医院负荷（相对平常）</translation>
    </message>
    <message>
      <source>Change: Load of hospital, of the usual</source>
      <translation>变化：医院负荷（相对平常）</translation>
    </message>
    <message>
      <source>Water level</source>
      <translation>水位</translation>
    </message>
    <message>
      <source>PM2.5</source>
      <translation>PM2.5</translation>
    </message>
    <message>
      <source>Air temperature</source>
      <translation>气温</translation>
    </message>
    <message>
      <source>Water temperature</source>
      <translation>水温</translation>
    </message>
    <message>
      <source>Humidity</source>
      <translation>湿度</translation>
    </message>
    <message>
      <source>Air pressure</source>
      <translation>气压</translation>
    </message>
    <message>
      <source>Wind</source>
      <translation>风速</translation>
    </message>
    <message>
      <source>Wind direction</source>
      <translation>风向</translation>
    </message>
    <message>
      <source>How much of it do a wall around Weavers' Lanes and six mobile pumps prevent?</source>
      <translation>织工里的挡水墙和六台移动水泵能避免多少？</translation>
    </message>
    <message>
      <source>What does a cloudburst of 120 mm in two hours do to the city as it is?</source>
      <translation>两小时 120 mm 的暴雨对城市现状有何影响？</translation>
    </message>
    <message>
      <source>What gets wet when the canals stand 60 cm too high and a bank gives way?</source>
      <translation>运河水位高出60厘米且堤岸决口时，哪里会被淹？</translation>
    </message>
    <message>
      <source>Does a mobile wall across the old ferry steps keep the river out?</source>
      <translation>在老渡口台阶处架设移动挡水墙能否挡住河水？</translation>
    </message>
    <message>
      <source>Where does the river come in when it stands 2.9 m above its usual level?</source>
      <translation>河水高出常水位 2.9 m 时从何处进水？</translation>
    </message>
    <message>
      <source>How much worse is the cloudburst when the pumping stations lose their power after half an hour?</source>
      <translation>半小时后泵站断电，暴雨会严重多少？</translation>
    </message>
    <message>
      <source>What do the sewers take of the cloudburst, and where do they give it back?</source>
      <translation>管网能吸纳多少暴雨，又在哪里返回地面？</translation>
    </message>
    <message>
      <source>Where does the water of a hundred-year cloudburst stand between the Bund and Lujiazui?</source>
      <translation>百年一遇暴雨的积水在外滩与陆家嘴之间停留在哪里？</translation>
    </message>
    <message>
      <source>Which hospital runs on its reserve until when, and what do we do first, when two substations are lost?</source>
      <translation>失去两座变电站时，哪家医院依靠备用能坚持到何时，应先抢修什么？</translation>
    </message>
    <message>
      <source>Where does the river come in when a typhoon meets a spring tide?</source>
      <translation>台风遇上天文大潮时，河水从哪里漫入？</translation>
    </message>
    <message>
      <source>What does the river reach, and how soon, when the wall of the inner bend breaks at high water?</source>
      <translation>高水位时内弯防汛墙溃决，河水会到哪里、多快到达？</translation>
    </message>
    <message>
      <source>Somebody puts a poison into the water of a works for two hours: who gets it, where is it when, and when is the water clean again?</source>
      <translation>有人向水厂水中投毒两小时：谁会受影响、毒物何时到达何处、水何时恢复洁净？</translation>
    </message>
    <message>
      <source>Length of the run</source>
      <translation>运行时长</translation>
    </message>
    <message>
      <source>Scenario time from start to end.</source>
      <translation>从开始到结束的情景时间。</translation>
    </message>
    <message>
      <source>A picture every</source>
      <translation>出图间隔</translation>
    </message>
    <message>
      <source>How often results are kept and shown.</source>
      <translation>结果保留和显示的频率。</translation>
    </message>
    <message>
      <source>Follow through all services</source>
      <translation>贯通全部服务</translation>
    </message>
    <message>
      <source>Power, water, roads, hospitals and people join the run where the city has them; else only what is named above.</source>
      <translation>城市有电力、供水、道路、医院和人口数据时一并模拟；否则只模拟上面所列。</translation>
    </message>
    <message>
      <source>Seed</source>
      <translation>随机种子</translation>
    </message>
    <message>
      <source>Same seed, same result.</source>
      <translation>种子相同，结果相同。</translation>
    </message>
    <message>
      <source>Stations of</source>
      <translation>站点类别</translation>
    </message>
    <message>
      <source>Ambulances or fire engines; those that are there stay.</source>
      <translation>救护车或消防车；现有站点保留。</translation>
    </message>
    <message>
      <source>ambulance</source>
      <translation>救护车</translation>
    </message>
    <message>
      <source>fire</source>
      <translation>火</translation>
    </message>
    <message>
      <source>How many more</source>
      <translation>增设数量</translation>
    </message>
    <message>
      <source>So that</source>
      <translation>目标</translation>
    </message>
    <message>
      <source>Most people are reached in time, or the mean time to all of them is least.</source>
      <translation>按时到达的人最多，或到达所有人的平均时间最短。</translation>
    </message>
    <message>
      <source>in time</source>
      <translation>按时到达的人最多</translation>
    </message>
    <message>
      <source>soon</source>
      <translation>平均到达时间最短</translation>
    </message>
    <message>
      <source>People as at hour</source>
      <translation>人口取此时刻</translation>
    </message>
    <message>
      <source>busbar</source>
      <translation>母线</translation>
    </message>
    <message>
      <source>dependencies</source>
      <translation>依赖关系</translation>
    </message>
    <message>
      <source>ambulance station</source>
      <translation>急救站</translation>
    </message>
    <message>
      <source>care home</source>
      <translation>养老院</translation>
    </message>
    <message>
      <source>clinic</source>
      <translation>诊所</translation>
    </message>
    <message>
      <source>facility</source>
      <translation>设施</translation>
    </message>
    <message>
      <source>fire station</source>
      <translation>消防站</translation>
    </message>
    <message>
      <source>mast</source>
      <translation>基站</translation>
    </message>
    <message>
      <source>power line</source>
      <translation>电力线路</translation>
    </message>
    <message>
      <source>power node</source>
      <translation>供电点</translation>
    </message>
    <message>
      <source>pump</source>
      <translation>水泵</translation>
    </message>
    <message>
      <source>pumping station</source>
      <translation>泵站</translation>
    </message>
    <message>
      <source>road</source>
      <translation>道路</translation>
    </message>
    <message>
      <source>school</source>
      <translation>学校</translation>
    </message>
    <message>
      <source>station</source>
      <translation>车站</translation>
    </message>
    <message>
      <source>substation</source>
      <translation>变电站</translation>
    </message>
    <message>
      <source>transformer</source>
      <translation>变压器</translation>
    </message>
    <message>
      <source>water node</source>
      <translation>供水点</translation>
    </message>
    <message>
      <source>water pipe</source>
      <translation>供水管道</translation>
    </message>
    <message>
      <source>water pump</source>
      <translation>供水泵</translation>
    </message>
    <message>
      <source>waterworks</source>
      <translation>水厂</translation>
    </message>
    <message>
      <source>Dependencies</source>
      <translation>依赖关系</translation>
    </message>
    <message>
      <source>Names of towers</source>
      <translation>高楼名称</translation>
    </message>
    <message>
      <source>Flood walls</source>
      <translation>防洪墙</translation>
    </message>
    <message>
      <source>Water</source>
      <translation>水体</translation>
    </message>
    <message>
      <source>Streams</source>
      <translation>溪流</translation>
    </message>
    <message>
      <source>Facilities</source>
      <translation>设施</translation>
    </message>
    <message>
      <source>Trees</source>
      <translation>树木</translation>
    </message>
    <message>
      <source>Places of water over time</source>
      <translation>水情过程的地点</translation>
    </message>
    <message>
      <source>Terrain</source>
      <translation>地形</translation>
    </message>
    <message>
      <source>Measurements</source>
      <translation>测量</translation>
    </message>
    <message>
      <source>Measures</source>
      <translation>措施</translation>
    </message>
    <message>
      <source>Places</source>
      <translation>地名</translation>
    </message>
    <message>
      <source>Section</source>
      <translation>剖面</translation>
    </message>
    <message>
      <source>Sensors</source>
      <translation>传感器</translation>
    </message>
    <message>
      <source>Traffic (simulated)</source>
      <translation>交通（模拟）</translation>
    </message>
    <message>
      <source>Transit vehicles</source>
      <translation>公交车辆</translation>
    </message>
    <message>
      <source>Metro</source>
      <translation>地铁</translation>
    </message>
    <message>
      <source>Metro stations on the lines</source>
      <translation>线路上的地铁站</translation>
    </message>
    <message>
      <source>Rail</source>
      <translation>铁路</translation>
    </message>
    <message>
      <source>Rail stations on the lines</source>
      <translation>线路上的火车站</translation>
    </message>
    <message>
      <source>Stops</source>
      <translation>站点</translation>
    </message>
    <message>
      <source>Power network</source>
      <translation>电网</translation>
    </message>
    <message>
      <source>Buses and substations</source>
      <translation>母线与变电站</translation>
    </message>
    <message>
      <source>Transformers and switches</source>
      <translation>变压器与开关</translation>
    </message>
    <message>
      <source>Tanks and junctions</source>
      <translation>水池与节点</translation>
    </message>
    <message>
      <source>Pumps and valves</source>
      <translation>水泵与阀门</translation>
    </message>
    <message>
      <source>Drainage</source>
      <translation>排水管网</translation>
    </message>
    <message>
      <source>Manholes and outfalls</source>
      <translation>检查井与排口</translation>
    </message>
    <message>
      <source>Pumps, weirs and orifices</source>
      <translation>水泵、堰与孔口</translation>
    </message>
    <message>
      <source>never classified</source>
      <translation>从未分类</translation>
    </message>
    <message>
      <source>unclassified</source>
      <translation>未分类</translation>
    </message>
    <message>
      <source>low vegetation</source>
      <translation>低矮植被</translation>
    </message>
    <message>
      <source>medium vegetation</source>
      <translation>中等植被</translation>
    </message>
    <message>
      <source>high vegetation</source>
      <translation>高大植被</translation>
    </message>
    <message>
      <source>building</source>
      <translation>建筑物</translation>
    </message>
    <message>
      <source>low noise</source>
      <translation>低噪点</translation>
    </message>
    <message>
      <source>model key point</source>
      <translation>模型关键点</translation>
    </message>
    <message>
      <source>rail</source>
      <translation>铁路</translation>
    </message>
    <message>
      <source>road surface</source>
      <translation>路面</translation>
    </message>
    <message>
      <source>overlap</source>
      <translation>重叠点</translation>
    </message>
    <message>
      <source>wire guard</source>
      <translation>地线</translation>
    </message>
    <message>
      <source>wire conductor</source>
      <translation>导线</translation>
    </message>
    <message>
      <source>transmission tower</source>
      <translation>输电塔</translation>
    </message>
    <message>
      <source>wire connector</source>
      <translation>导线连接器</translation>
    </message>
    <message>
      <source>bridge deck</source>
      <translation>桥面</translation>
    </message>
    <message>
      <source>high noise</source>
      <translation>高噪点</translation>
    </message>
    <message>
      <source>overhead structure</source>
      <translation>架空结构</translation>
    </message>
    <message>
      <source>ignored ground</source>
      <translation>忽略的地面</translation>
    </message>
    <message>
      <source>snow</source>
      <translation>雪</translation>
    </message>
    <message>
      <source>temporal exclusion</source>
      <translation>时间排除</translation>
    </message>
    <message>
      <source>Metro lines</source>
      <translation>地铁线路</translation>
    </message>
    <message>
      <source>Power lines</source>
      <translation>电力线</translation>
    </message>
    <message>
      <source>Pipes</source>
      <translation>管道</translation>
    </message>
    <message>
      <source>Drains</source>
      <translation>排水管</translation>
    </message>
    <message>
      <source>Bridges</source>
      <translation>桥梁</translation>
    </message>
    <message>
      <source>Tunnels</source>
      <translation>隧道</translation>
    </message>
    <message>
      <source>Road areas</source>
      <translation>道路面</translation>
    </message>
    <message>
      <source>Other objects</source>
      <translation>其他对象</translation>
    </message>
    <message>
      <source>Points of interest</source>
      <translation>兴趣点</translation>
    </message>
    <message>
      <source>Stations</source>
      <translation>车站</translation>
    </message>
    <message>
      <source>Metro entrances</source>
      <translation>地铁出入口</translation>
    </message>
    <message>
      <source>Pumps</source>
      <translation>水泵</translation>
    </message>
    <message>
      <source>Switched off</source>
      <translation>已停用</translation>
    </message>
    <message>
      <source>Mobile masts</source>
      <translation>通信基站</translation>
    </message>
    <message>
      <source>height_m</source>
      <translation>高度 (m)</translation>
    </message>
    <message>
      <source>height_source</source>
      <translation>高度来源</translation>
    </message>
    <message>
      <source>ground_z_m</source>
      <translation>地面高程 (m)</translation>
    </message>
    <message>
      <source>storeys</source>
      <translation>层数</translation>
    </message>
    <message>
      <source>use</source>
      <translation>用途</translation>
    </message>
    <message>
      <source>year</source>
      <translation>年份</translation>
    </message>
    <message>
      <source>structure</source>
      <translation>结构</translation>
    </message>
    <message>
      <source>people_day</source>
      <translation>白天人数</translation>
    </message>
    <message>
      <source>people_night</source>
      <translation>夜间人数</translation>
    </message>
    <message>
      <source>value</source>
      <translation>价值</translation>
    </message>
    <message>
      <source>source</source>
      <translation>来源</translation>
    </message>
    <message>
      <source>parts</source>
      <translation>部件数</translation>
    </message>
    <message>
      <source>class</source>
      <translation>等级</translation>
    </message>
    <message>
      <source>lanes</source>
      <translation>车道数</translation>
    </message>
    <message>
      <source>speed_kmh</source>
      <translation>车速 (km/h)</translation>
    </message>
    <message>
      <source>length_m</source>
      <translation>长度 (m)</translation>
    </message>
    <message>
      <source>oneway</source>
      <translation>单行</translation>
    </message>
    <message>
      <source>bridge</source>
      <translation>桥</translation>
    </message>
    <message>
      <source>tunnel</source>
      <translation>隧道</translation>
    </message>
    <message>
      <source>capacity</source>
      <translation>容量</translation>
    </message>
    <message>
      <source>capacity_m3s</source>
      <translation>能力 (m³/s)</translation>
    </message>
    <message>
      <source>crest_z_m</source>
      <translation>墙顶高程 (m)</translation>
    </message>
    <message>
      <source>level_m</source>
      <translation>水位 (m)</translation>
    </message>
    <message>
      <source>levels</source>
      <translation>层数</translation>
    </message>
    <message>
      <source>id</source>
      <translation>编号</translation>
    </message>
    <message>
      <source>name</source>
      <translation>名称</translation>
    </message>
    <message>
      <source>kind</source>
      <translation>类别</translation>
    </message>
    <message>
      <source>cost</source>
      <translation>费用</translation>
    </message>
    <message>
      <source>form</source>
      <translation>形式</translation>
    </message>
    <message>
      <source>floor_m2</source>
      <translation>建筑面积 (m²)</translation>
    </message>
    <message>
      <source>state</source>
      <translation>状态</translation>
    </message>
    <message>
      <source>simulated</source>
      <translation>模拟</translation>
    </message>
    <message>
      <source>topic</source>
      <translation>主题</translation>
    </message>
    <message>
      <source>observed</source>
      <translation>观测量</translation>
    </message>
    <message>
      <source>unit</source>
      <translation>单位</translation>
    </message>
    <message>
      <source>age_s</source>
      <translation>时龄 (s)</translation>
    </message>
    <message>
      <source>quality</source>
      <translation>质量</translation>
    </message>
    <message>
      <source>place</source>
      <translation>位置</translation>
    </message>
    <message>
      <source>trend</source>
      <translation>趋势</translation>
    </message>
    <message>
      <source>age</source>
      <translation>时龄</translation>
    </message>
    <message>
      <source>warning level</source>
      <translation>警戒值</translation>
    </message>
    <message>
      <source>alarm level</source>
      <translation>报警值</translation>
    </message>
    <message>
      <source>ok</source>
      <translation>正常</translation>
    </message>
    <message>
      <source>stale</source>
      <translation>过期</translation>
    </message>
    <message>
      <source>warning</source>
      <translation>警告</translation>
    </message>
    <message>
      <source>alert</source>
      <translation>报警</translation>
    </message>
    <message>
      <source>no data</source>
      <translation>无数据</translation>
    </message>
    <message>
      <source>pass</source>
      <translation>合格</translation>
    </message>
    <message>
      <source>suspect</source>
      <translation>可疑</translation>
    </message>
    <message>
      <source>fail</source>
      <translation>不合格</translation>
    </message>
    <message>
      <source>missing</source>
      <translation>缺测</translation>
    </message>
    <message>
      <source>not evaluated</source>
      <translation>未评估</translation>
    </message>
    <message>
      <source>LIVE</source>
      <translation>实时</translation>
    </message>
    <message>
      <source>REPLAY</source>
      <translation>回放</translation>
    </message>
    <message>
      <source>WHAT-IF</source>
      <translation>假设情景</translation>
    </message>
    <message>
      <source>EXERCISE</source>
      <translation>演练</translation>
    </message>
    <message>
      <source>nothing heard</source>
      <translation>无数据</translation>
    </message>
    <message>
      <source>Normal</source>
      <translation>正常</translation>
    </message>
    <message>
      <source>Stale or no data (hollow)</source>
      <translation>过期或无数据（空心）</translation>
    </message>
    <message>
      <source>Warning</source>
      <translation>警告</translation>
    </message>
    <message>
      <source>Alert</source>
      <translation>报警</translation>
    </message>
    <message>
      <source>traffic counter</source>
      <translation>交通计数器</translation>
    </message>
    <message>
      <source>rain gauge</source>
      <translation>雨量计</translation>
    </message>
    <message>
      <source>river gauge</source>
      <translation>水位计</translation>
    </message>
    <message>
      <source>air quality</source>
      <translation>空气质量</translation>
    </message>
    <message>
      <source>Seen</source>
      <translation>可见</translation>
    </message>
    <message>
      <source>Not seen</source>
      <translation>不可见</translation>
    </message>
    <message>
      <source>Eye</source>
      <translation>视点</translation>
    </message>
    <message>
      <source>metro</source>
      <translation>地铁</translation>
    </message>
    <message>
      <source>drainage</source>
      <translation>排水</translation>
    </message>
    <message>
      <source>pipes</source>
      <translation>管道</translation>
    </message>
    <message>
      <source>tunnels</source>
      <translation>隧道</translation>
    </message>
    <message>
      <source>Imagery</source>
      <translation>影像</translation>
    </message>
    <message>
      <source>Hillshade</source>
      <translation>山体阴影</translation>
    </message>
    <message>
      <source>Towards the north-west</source>
      <translation>朝向西北</translation>
    </message>
    <message>
      <source>Away from it</source>
      <translation>背向西北</translation>
    </message>
    <message>
      <source>Point cloud</source>
      <translation>点云</translation>
    </message>
    <message>
      <source>Roads</source>
      <translation>道路</translation>
    </message>
    <message>
      <source>Land use</source>
      <translation>土地利用</translation>
    </message>
    <message>
      <source>Green</source>
      <translation>绿地</translation>
    </message>
    <message>
      <source>Tree rows</source>
      <translation>行道树</translation>
    </message>
    <message>
      <source>Traffic signals</source>
      <translation>交通信号灯</translation>
    </message>
    <message>
      <source>Signals</source>
      <translation>信号机</translation>
    </message>
    <message>
      <source>Squares</source>
      <translation>广场</translation>
    </message>
    <message>
      <source>Power sites</source>
      <translation>电力设施</translation>
    </message>
    <message>
      <source>Coastline</source>
      <translation>海岸线</translation>
    </message>
    <message>
      <source>Bus stops</source>
      <translation>公交站</translation>
    </message>
    <message>
      <source>Parking</source>
      <translation>停车场</translation>
    </message>
    <message>
      <source>Area classification</source>
      <translation>区域划分</translation>
    </message>
    <message>
      <source>River flood hazard</source>
      <translation>河流洪水风险</translation>
    </message>
    <message>
      <source>Scenic district</source>
      <translation>风景区</translation>
    </message>
    <message>
      <source>Sediment disaster prone area</source>
      <translation>土砂灾害警戒区</translation>
    </message>
    <message>
      <source>Special use district</source>
      <translation>特别用途地区</translation>
    </message>
    <message>
      <source>Tsunami hazard</source>
      <translation>海啸风险</translation>
    </message>
    <message>
      <source>Use district</source>
      <translation>用途地域</translation>
    </message>
    <message>
      <source>Heights</source>
      <translation>高度</translation>
    </message>
    <message>
      <source>simulated traffic</source>
      <translation>模拟交通</translation>
    </message>
    <message>
      <source>smoke: illustration</source>
      <translation>烟雾：示意</translation>
    </message>
    <message>
      <source>Smoke (illustration)</source>
      <translation>烟雾（示意）</translation>
    </message>
    <message>
      <source>smoke</source>
      <translation>烟</translation>
    </message>
    <message>
      <source>truck</source>
      <translation>卡车</translation>
    </message>
    <message>
      <source>bus</source>
      <translation>公交车</translation>
    </message>
    <message>
      <source>low</source>
      <translation>低层</translation>
    </message>
    <message>
      <source>high-rise</source>
      <translation>高层</translation>
    </message>
    <message>
      <source>solid</source>
      <translation>实体模型</translation>
    </message>
    <message>
      <source>office</source>
      <translation>办公</translation>
    </message>
    <message>
      <source>commercial</source>
      <translation>商业</translation>
    </message>
    <message>
      <source>public</source>
      <translation>公共</translation>
    </message>
    <message>
      <source>transport</source>
      <translation>交通</translation>
    </message>
    <message>
      <source>residential</source>
      <translation>居住</translation>
    </message>
    <message>
      <source>health</source>
      <translation>医疗</translation>
    </message>
    <message>
      <source>education</source>
      <translation>教育</translation>
    </message>
    <message>
      <source>industrial</source>
      <translation>工业</translation>
    </message>
    <message>
      <source>retail</source>
      <translation>零售</translation>
    </message>
    <message>
      <source>composite</source>
      <translation>组合结构</translation>
    </message>
    <message>
      <source>masonry</source>
      <translation>砌体</translation>
    </message>
    <message>
      <source>steel</source>
      <translation>钢结构</translation>
    </message>
    <message>
      <source>reinforced concrete</source>
      <translation>钢筋混凝土</translation>
    </message>
    <message>
      <source>brick and timber</source>
      <translation>砖木</translation>
    </message>
    <message>
      <source>timber</source>
      <translation>木结构</translation>
    </message>
    <message>
      <source>river</source>
      <translation>河流</translation>
    </message>
    <message>
      <source>creek</source>
      <translation>小河</translation>
    </message>
    <message>
      <source>lake</source>
      <translation>湖泊</translation>
    </message>
    <message>
      <source>university</source>
      <translation>大学</translation>
    </message>
    <message>
      <source>railway</source>
      <translation>铁路用地</translation>
    </message>
    <message>
      <source>farmland</source>
      <translation>农田</translation>
    </message>
    <message>
      <source>meadow</source>
      <translation>草甸</translation>
    </message>
    <message>
      <source>orchard</source>
      <translation>果园</translation>
    </message>
    <message>
      <source>forest</source>
      <translation>森林</translation>
    </message>
    <message>
      <source>promenade</source>
      <translation>滨水步道</translation>
    </message>
    <message>
      <source>tree</source>
      <translation>树木</translation>
    </message>
    <message>
      <source>flood wall</source>
      <translation>防洪墙</translation>
    </message>
    <message>
      <source>creek wall</source>
      <translation>河岸墙</translation>
    </message>
    <message>
      <source>stormwater pump</source>
      <translation>雨水泵</translation>
    </message>
    <message>
      <source>district</source>
      <translation>片区</translation>
    </message>
    <message>
      <source>campus</source>
      <translation>校园</translation>
    </message>
    <message>
      <source>market</source>
      <translation>市场</translation>
    </message>
    <message>
      <source>restaurant</source>
      <translation>餐馆</translation>
    </message>
    <message>
      <source>cinema</source>
      <translation>电影院</translation>
    </message>
    <message>
      <source>hotel</source>
      <translation>酒店</translation>
    </message>
    <message>
      <source>library</source>
      <translation>图书馆</translation>
    </message>
    <message>
      <source>museum</source>
      <translation>博物馆</translation>
    </message>
    <message>
      <source>temple</source>
      <translation>寺庙</translation>
    </message>
    <message>
      <source>post office</source>
      <translation>邮局</translation>
    </message>
    <message>
      <source>creek bridge</source>
      <translation>河桥</translation>
    </message>
    <message>
      <source>river bridge</source>
      <translation>跨江桥</translation>
    </message>
    <message>
      <source>expressway</source>
      <translation>快速路</translation>
    </message>
    <message>
      <source>ramp</source>
      <translation>匝道</translation>
    </message>
    <message>
      <source>road tunnel</source>
      <translation>公路隧道</translation>
    </message>
    <message>
      <source>subway</source>
      <translation>地铁</translation>
    </message>
    <message>
      <source>interchange</source>
      <translation>换乘站</translation>
    </message>
    <message>
      <source>primary</source>
      <translation>主干路</translation>
    </message>
    <message>
      <source>secondary</source>
      <translation>次干路</translation>
    </message>
    <message>
      <source>tertiary</source>
      <translation>支路</translation>
    </message>
    <message>
      <source>living street</source>
      <translation>生活街道</translation>
    </message>
    <message>
      <source>motorway</source>
      <translation>高速公路</translation>
    </message>
    <message>
      <source>motorway link</source>
      <translation>高速公路匝道</translation>
    </message>
    <message>
      <source>junction</source>
      <translation>节点</translation>
    </message>
    <message>
      <source>deck</source>
      <translation>桥面</translation>
    </message>
    <message>
      <source>feeder</source>
      <translation>馈线</translation>
    </message>
    <message>
      <source>transmission</source>
      <translation>输电线</translation>
    </message>
    <message>
      <source>service</source>
      <translation>接户线</translation>
    </message>
    <message>
      <source>load</source>
      <translation>负荷</translation>
    </message>
    <message>
      <source>main</source>
      <translation>干管</translation>
    </message>
    <message>
      <source>reservoir</source>
      <translation>水库</translation>
    </message>
    <message>
      <source>outfall</source>
      <translation>排口</translation>
    </message>
    <message>
      <source>manhole</source>
      <translation>检查井</translation>
    </message>
    <message>
      <source>tie</source>
      <translation>联络线</translation>
    </message>
    <message>
      <source>grid</source>
      <translation>上级电网</translation>
    </message>
    <message>
      <source>generator</source>
      <translation>发电机</translation>
    </message>
    <message>
      <source>inverter</source>
      <translation>逆变器</translation>
    </message>
    <message>
      <source>motor</source>
      <translation>电动机</translation>
    </message>
    <message>
      <source>consumer</source>
      <translation>用户</translation>
    </message>
    <message>
      <source>line</source>
      <translation>线路</translation>
    </message>
    <message>
      <source>trafo</source>
      <translation>变压器</translation>
    </message>
    <message>
      <source>switch</source>
      <translation>开关</translation>
    </message>
    <message>
      <source>pipe</source>
      <translation>管道</translation>
    </message>
    <message>
      <source>valve</source>
      <translation>阀门</translation>
    </message>
    <message>
      <source>tank</source>
      <translation>水池</translation>
    </message>
    <message>
      <source>no length</source>
      <translation>未注明长度</translation>
    </message>
    <message>
      <source>no speed</source>
      <translation>未注明车速</translation>
    </message>
    <message>
      <source>ambulance stations</source>
      <translation>急救站</translation>
    </message>
    <message>
      <source>fire stations</source>
      <translation>消防站</translation>
    </message>
    <message>
      <source>no capacity</source>
      <translation>未注明通行能力</translation>
    </message>
    <message>
      <source>the distance between their ends is taken</source>
      <translation>取两端点间距离</translation>
    </message>
    <message>
      <source>the usual one of their class is taken</source>
      <translation>取其等级的常用值</translation>
    </message>
    <message>
      <source>it is estimated from class and lanes (HCM 2016)</source>
      <translation>按等级和车道数估计（HCM 2016）</translation>
    </message>
    <message>
      <source>it shows no waterworks, reservoir or tank</source>
      <translation>其中没有水厂、水源或水池</translation>
    </message>
    <message>
      <source>none of its nodes are joined by pipes</source>
      <translation>没有节点由管道相连</translation>
    </message>
    <message>
      <source>the power flow does not converge</source>
      <translation>潮流不收敛</translation>
    </message>
    <message>
      <source>the power flow</source>
      <translation>潮流</translation>
    </message>
    <message>
      <source>the places in shelters</source>
      <translation>避难所床位</translation>
    </message>
    <message>
      <source>traffic on the clock</source>
      <translation>逐时交通</translation>
    </message>
    <message>
      <source>rules of control</source>
      <translation>控制规则</translation>
    </message>
    <message>
      <source>patterns of dry-weather flow</source>
      <translation>旱流变化模式</translation>
    </message>
    <message>
      <source>masts</source>
      <translation>通信基站</translation>
    </message>
    <message>
      <source>a power network</source>
      <translation>电网</translation>
    </message>
    <message>
      <source>a water network</source>
      <translation>供水管网</translation>
    </message>
    <message>
      <source>over 65</source>
      <translation>65岁以上</translation>
    </message>
    <message>
      <source>under 5</source>
      <translation>5岁以下</translation>
    </message>
    <message>
      <source>free travel time</source>
      <translation>自由流行程时间</translation>
    </message>
    <message>
      <source>factor of the cost function</source>
      <translation>阻抗函数系数</translation>
    </message>
    <message>
      <source>power of the cost function</source>
      <translation>阻抗函数指数</translation>
    </message>
    <message>
      <source>Monday</source>
      <translation>星期一</translation>
    </message>
    <message>
      <source>Tuesday</source>
      <translation>星期二</translation>
    </message>
    <message>
      <source>Wednesday</source>
      <translation>星期三</translation>
    </message>
    <message>
      <source>Thursday</source>
      <translation>星期四</translation>
    </message>
    <message>
      <source>Friday</source>
      <translation>星期五</translation>
    </message>
    <message>
      <source>Saturday</source>
      <translation>星期六</translation>
    </message>
    <message>
      <source>Sunday</source>
      <translation>星期日</translation>
    </message>
    <message>
      <source>asia</source>
      <translation>亚洲</translation>
    </message>
    <message>
      <source>roads</source>
      <translation>道路</translation>
    </message>
    <message>
      <source>sites</source>
      <translation>设施</translation>
    </message>
    <message>
      <source>no CUDA device answers (an NVIDIA card, and its driver, are needed)</source>
      <translation>没有可用的CUDA设备（需要NVIDIA显卡及其驱动）</translation>
    </message>
    <message>
      <source>the CUDA device does not compute</source>
      <translation>CUDA设备无法计算</translation>
    </message>
    <message>
      <source>second order is not made for it</source>
      <translation>不支持二阶格式</translation>
    </message>
    <message>
      <source>a line as 'geometry'</source>
      <translation>线几何（geometry）</translation>
    </message>
    <message>
      <source>a point as 'geometry'</source>
      <translation>点几何（geometry）</translation>
    </message>
    <message>
      <source>a polygon as 'geometry'</source>
      <translation>面几何（geometry）</translation>
    </message>
    <message>
      <source>an 'object' or a polygon as 'geometry'</source>
      <translation>设施（object）或面几何（geometry）</translation>
    </message>
    <message>
      <source>culverts</source>
      <translation>涵洞</translation>
    </message>
    <message>
      <source>gates</source>
      <translation>闸门</translation>
    </message>
    <message>
      <source>metro entrances</source>
      <translation>地铁出入口</translation>
    </message>
    <message>
      <source>the package numba-cuda is not installed (pip install 'urban-twin[gpu]')</source>
      <translation>未安装软件包 numba-cuda（pip install 'urban-twin[gpu]'）</translation>
    </message>
    <message>
      <source>dependent</source>
      <translation>依赖方</translation>
    </message>
    <message>
      <source>provider</source>
      <translation>供给方</translation>
    </message>
    <message>
      <source>input</source>
      <translation>所需服务</translation>
    </message>
    <message>
      <source>threshold</source>
      <translation>失去门槛</translation>
    </message>
    <message>
      <source>reserve_h</source>
      <translation>备用时长（小时）</translation>
    </message>
    <message>
      <source>effect</source>
      <translation>失去后</translation>
    </message>
    <message>
      <source>note</source>
      <translation>备注</translation>
    </message>
    <message>
      <source>load_kw</source>
      <translation>负荷（kW）</translation>
    </message>
    <message>
      <source>p_mw</source>
      <translation>有功（MW）</translation>
    </message>
    <message>
      <source>q_mvar</source>
      <translation>无功（Mvar）</translation>
    </message>
    <message>
      <source>capacity_mva</source>
      <translation>容量（MVA）</translation>
    </message>
    <message>
      <source>rating_kva</source>
      <translation>额定容量（kVA）</translation>
    </message>
    <message>
      <source>vn_kv</source>
      <translation>额定电压（kV）</translation>
    </message>
    <message>
      <source>demand_m3s</source>
      <translation>需水量（m³/s）</translation>
    </message>
    <message>
      <source>demand_lps</source>
      <translation>需水量（L/s）</translation>
    </message>
    <message>
      <source>head_m</source>
      <translation>水头（m）</translation>
    </message>
    <message>
      <source>diameter_m</source>
      <translation>管径（m）</translation>
    </message>
    <message>
      <source>diameter_mm</source>
      <translation>管径（mm）</translation>
    </message>
    <message>
      <source>roughness</source>
      <translation>糙率</translation>
    </message>
    <message>
      <source>range_m</source>
      <translation>覆盖半径（m）</translation>
    </message>
    <message>
      <source>equipment_m</source>
      <translation>设备离地高度（m）</translation>
    </message>
    <message>
      <source>repair_h</source>
      <translation>抢修工时（小时）</translation>
    </message>
    <message>
      <source>parallel</source>
      <translation>并联数</translation>
    </message>
    <message>
      <source>beds</source>
      <translation>床位</translation>
    </message>
    <message>
      <source>Cost</source>
      <translation>费用</translation>
    </message>
    <message>
      <source>Cost (assumed)</source>
      <translation>费用（假设）</translation>
    </message>
    <message>
      <source>What it costs to build; used to compare alternatives.</source>
      <translation>建设费用；用于方案比较。</translation>
    </message>
    <message>
      <source>materials and textures of the source</source>
      <translation>数据源的材质和纹理</translation>
    </message>
  </context>
</TS>
